import type { RequestHandler } from 'express';
import { PERMISSIONS, type Permission } from '../permissions.ts';
import { problem } from '../problem.ts';
import type { ServiceTokenClaims } from '../tokens/claims.ts';
import { unauthorized } from '../tokens/unauthorized.ts';
import { claimsOf } from './authenticate.ts';

/** What a caller must hold: all of a list, or any of it. An empty list is an error at start. */
export type PermissionRequirement =
  | { readonly all: readonly Permission[] }
  | { readonly any: readonly Permission[] };

/** True when the token's permissions hold this one: present, its own, and truthy. */
export function hasPermission(claims: ServiceTokenClaims, permission: Permission): boolean {
  return Object.hasOwn(claims.permissions, permission) && Boolean(claims.permissions[permission]);
}

function checkRequirement(names: readonly string[]): void {
  if (names.length === 0) throw new Error('A permission requirement must name at least one permission');
  const known: readonly string[] = PERMISSIONS;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`Unknown permission in a requirement: ${unknown.join(', ')}`);
}

/**
 * Express middleware: stage 3 of the check (auth.md A3), 403 when the token's permissions do not suffice.
 * @throws {Error} at once, when the requirement is empty or names an unknown permission.
 */
export function requirePermission(requirement: PermissionRequirement): RequestHandler {
  const names = 'all' in requirement ? requirement.all : requirement.any;
  checkRequirement(names);
  return (_req, res, next) => {
    const claims = claimsOf(res);
    if (claims === undefined) throw unauthorized('token_missing');
    const holds = (name: Permission) => hasPermission(claims, name);
    if ('all' in requirement ? names.every(holds) : names.some(holds)) return next();
    throw problem('permission_denied', `This needs the permission ${names.join(', ')}`);
  };
}
