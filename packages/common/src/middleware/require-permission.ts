import type { RequestHandler } from 'express';
import type { Permission } from '../permissions.ts';

/** What a caller must hold: all of a list, or any of it. An empty list is an error at start. */
export type PermissionRequirement =
  | { readonly all: readonly Permission[] }
  | { readonly any: readonly Permission[] };

/**
 * Express middleware: stage 3 of the check (auth.md A3), 403 when the token's permissions do not suffice.
 * @throws {Error} at once, when the requirement is empty or names an unknown permission.
 */
export function requirePermission(_requirement: PermissionRequirement): RequestHandler {
  throw new Error('not built yet');
}
