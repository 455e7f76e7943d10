import type { Requirement } from '@flyloft/common';

/**
 * What auth itself can allow, `resource:action[:scope]`; the same names as in the table `permissions`,
 * where roles hold them. What other services allow stands in service tokens.
 */
export const AUTH_PERMISSIONS = [
  'profile:read:own',
  'profile:update:own',
  'service-token:create:own',
  'session:revoke:own',
  'token:create:own',
  'user:read:any',
  'user:suspend:any',
  'user:create:any',
  'user:update:any',
  'user:delete:any',
  'user:export:any',
  'user:assign-roles:any',
  'token:create:any',
  'session:revoke:any',
  'service:read:any',
  'service:update:any',
  'audit:read:any',
  'key:read:any',
  'key:rotate:any',
  'app:manage:any',
  'client:manage:any',
  'word:manage:any',
  'report:create:any',
  'report:handle:any',
  'comment:moderate:any',
] as const;

export type AuthPermission = (typeof AUTH_PERMISSIONS)[number];

export type AuthRequirement = Requirement<AuthPermission>;
