import { problem } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import type { PermissionDescription, RoleDescription } from '../users/user-administration.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { lockUsers } from './insert-user.ts';

export async function listRoles(queries: Queries): Promise<RoleDescription[]> {
  const rows = await queries.role.findMany({
    orderBy: { name: 'asc' },
    include: { permissions: { orderBy: { permission: 'asc' } } },
  });
  return rows.map(({ name, description, permissions }) => ({
    ...{ name, description },
    permissions: permissions.map(({ permission }) => permission),
  }));
}

async function refuseUnknownPermissions(queries: Queries, names: readonly string[]): Promise<void> {
  const known = new Set((await queries.permission.findMany()).map(({ name }) => name));
  const errors = names.flatMap((name, index) =>
    known.has(name) ? [] : [{ pointer: `/permissions/${index}`, detail: `There is no permission "${name}"` }],
  );
  if (errors[0] !== undefined) throw problem('invalid_parameter', errors[0].detail, { errors });
}

/** Makes a role or changes it, and says in the audit log what it holds now. */
export function putRole(
  database: Database,
  { name, description, permissions }: RoleDescription,
  context: AuditContext,
): Promise<RoleDescription> {
  return database.$transaction(async (queries) => {
    await refuseUnknownPermissions(queries, permissions);
    const held = [...new Set(permissions)].sort();
    await queries.role.upsert({ where: { name }, create: { name, description }, update: { description } });
    await queries.rolePermission.deleteMany({ where: { role: name } });
    await queries.rolePermission.createMany({ data: held.map((permission) => ({ role: name, permission })) });
    await writeAudit(queries, context, {
      action: 'role.changed',
      target: name,
      details: { permissions: held },
    });
    return { name, description, permissions: held };
  });
}

export function listPermissions(database: Database): Promise<PermissionDescription[]> {
  return database.permission.findMany({ orderBy: { name: 'asc' } });
}

/** @throws {ProblemError} 404; 409 while somebody has the role. */
export function removeRole(database: Database, name: string, context: AuditContext): Promise<void> {
  return database.$transaction(async (queries) => {
    // Who gives roles waits for this lock: that nobody has it now then stays true.
    await lockUsers(queries);
    const found = await queries.role.findUnique({ where: { name } });
    if (found === null) throw problem('not_found', 'There is no such role');
    const holders = await queries.userRole.count({ where: { role: name } });
    if (holders > 0) {
      const people = holders === 1 ? 'One person has' : `${holders} people have`;
      throw problem('conflict', `${people} this role: take it from them first`);
    }
    await queries.role.delete({ where: { name } });
    await writeAudit(queries, context, { action: 'role.deleted', target: name });
  });
}
