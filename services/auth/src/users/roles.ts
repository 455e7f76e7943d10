import { problem } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import { ADMINISTRATOR_ROLE, NEW_USER_ROLE, SUSPENDED_ROLE, USER_ROLE } from './user.ts';
import type { RoleDescription, UserAdministration } from './user-administration.ts';

/** Administrators must stay able to undo what they did, and the suspended shut out. */
export const FIXED_ROLES = [ADMINISTRATOR_ROLE, SUSPENDED_ROLE];

/** The code speaks of these. */
export const BUILT_IN_ROLES = [...FIXED_ROLES, USER_ROLE, NEW_USER_ROLE];

type Roles = Pick<UserAdministration, 'putRole' | 'removeRole'>;

/** Makes a role or changes it. @throws {ProblemError} 409 for a fixed one; as `UserAdministration.putRole`. */
export async function putRole(
  people: Roles,
  role: RoleDescription,
  context: AuditContext,
): Promise<RoleDescription> {
  if (FIXED_ROLES.includes(role.name)) {
    throw problem('conflict', `The role "${role.name}" cannot be changed`);
  }
  return people.putRole(role, context);
}

/** @throws {ProblemError} 409 for one that the platform needs; as `UserAdministration.removeRole`. */
export async function removeRole(people: Roles, name: string, context: AuditContext): Promise<void> {
  if (BUILT_IN_ROLES.includes(name)) throw problem('conflict', `The role "${name}" cannot be deleted`);
  await people.removeRole(name, context);
}
