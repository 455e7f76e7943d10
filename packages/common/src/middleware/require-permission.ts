import type { RequestHandler } from 'express';
import { PERMISSIONS, type Permission } from '../permissions.ts';
import { problem } from '../problem.ts';
import type { ServiceTokenClaims } from '../tokens/claims.ts';
import { unauthorized } from '../tokens/unauthorized.ts';
import { claimsOf } from './authenticate.ts';

/** What a caller must hold: all of a list, or any of it. An empty list is an error at start. */
export type Requirement<P extends string> = { readonly all: readonly P[] } | { readonly any: readonly P[] };

/** Of a service token (auth.md A7.1). */
export type PermissionRequirement = Requirement<Permission>;

/** True when the token's permissions hold this one: present, its own, and truthy. */
export function hasPermission(claims: ServiceTokenClaims, permission: Permission): boolean {
  return Object.hasOwn(claims.permissions, permission) && Boolean(claims.permissions[permission]);
}

/**
 * A function that answers 403 where a requirement is not met.
 * @throws {Error} at once, when the requirement is empty or names a permission that is not known.
 */
export function permissionCheck<P extends string>(
  requirement: Requirement<P>,
  known: readonly P[],
): (holds: (name: P) => boolean) => void {
  const names = 'all' in requirement ? requirement.all : requirement.any;
  if (names.length === 0) throw new Error('A permission requirement must name at least one permission');
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`Unknown permission in a requirement: ${unknown.join(', ')}`);
  return (holds) => {
    if ('all' in requirement ? names.every(holds) : names.some(holds)) return;
    throw problem('permission_denied', `This needs the permission ${names.join(', ')}`);
  };
}

/**
 * Express middleware: stage 3 of the check (auth.md A3), 403 when the token's permissions do not suffice.
 * @throws {Error} at once, when the requirement is empty or names an unknown permission.
 */
export function requirePermission(requirement: PermissionRequirement): RequestHandler {
  const check = permissionCheck(requirement, PERMISSIONS);
  return (_req, res, next) => {
    const claims = claimsOf(res);
    if (claims === undefined) throw unauthorized('token_missing');
    check((name) => hasPermission(claims, name));
    next();
  };
}
