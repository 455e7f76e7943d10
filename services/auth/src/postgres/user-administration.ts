import { randomUUID } from 'node:crypto';
import { problem } from '@flyloft/common';
import { rowsOf } from '../routes/paging.ts';
import { ADMINISTRATOR_ROLE, isAdministrator, type User } from '../users/user.ts';
import {
  type Actor,
  type PeopleFilter,
  refuseHigher,
  type UserAdministration,
} from '../users/user-administration.ts';
import { writeAudit } from './audit.ts';
import { changePerson } from './change-person.ts';
import type { Database, Queries } from './database.ts';
import { lockUsers, refuseUnknownRoles } from './insert-user.ts';
import { notify } from './notifications.ts';
import { removePerson } from './remove-person.ts';
import { listPermissions, listRoles, putRole, removeRole } from './roles.ts';
import { notSuspended, userOf, WITH_USER_DETAILS } from './user-row.ts';

async function userToChange(queries: Queries, id: string): Promise<User> {
  await lockUsers(queries);
  const row = await queries.user.findUnique({ where: { id }, include: WITH_USER_DETAILS });
  if (row === null) throw problem('not_found', 'No person has this id');
  return userOf(row);
}

/** Somebody must always be able to administer. */
async function refuseLastAdministrator(queries: Queries, user: User, now: Date): Promise<void> {
  if (!isAdministrator(user)) return;
  const others = await queries.user.count({
    where: { id: { not: user.id }, roles: { some: { role: ADMINISTRATOR_ROLE } }, ...notSuspended(now) },
  });
  if (others === 0) throw problem('conflict', 'This is the last administrator');
}

async function tellRoles(queries: Queries, userId: string, roles: readonly string[]): Promise<void> {
  const text =
    roles.length === 0 ? 'You have no roles any more.' : `Your roles are now: ${roles.join(', ')}.`;
  await notify(queries, { id: randomUUID(), userId, kind: 'role-changed', text, about: null });
}

/** Wildcards of LIKE in a search stand for themselves. */
const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');

/** Only administrators make administrators, and unmake them. */
function refuseToMakeAdministrator(user: User, roles: readonly string[], actor: Actor): void {
  if (actor.isAdministrator || roles.includes(ADMINISTRATOR_ROLE) === isAdministrator(user)) return;
  throw problem('permission_denied', 'Only administrators may give or take this role');
}

function whereOf({ text, role }: PeopleFilter) {
  const contains = { contains: literal(text ?? ''), mode: 'insensitive' as const };
  return {
    ...(text === undefined ? {} : { OR: [{ username: contains }, { name: contains }, { email: contains }] }),
    ...(role === undefined ? {} : { roles: { some: { role } } }),
  };
}

export function createUserAdministration(database: Database): UserAdministration {
  return {
    list: async (filter, page) => {
      const where = whereOf(filter);
      const order = { orderBy: { username: 'asc' as const }, include: WITH_USER_DETAILS };
      const [rows, total] = await Promise.all([
        database.user.findMany({ where, ...order, ...rowsOf(page) }),
        database.user.count({ where }),
      ]);
      return { entries: rows.map(userOf), total };
    },
    setRoles: (id, roles, actor) =>
      database.$transaction(async (queries) => {
        const user = await userToChange(queries, id);
        await refuseUnknownRoles(queries, roles);
        refuseToMakeAdministrator(user, roles, actor);
        if (!roles.includes(ADMINISTRATOR_ROLE)) await refuseLastAdministrator(queries, user, new Date());
        const taken = user.roles.filter((role) => !roles.includes(role));
        const given = roles.filter((role) => !user.roles.includes(role));
        await queries.userRole.deleteMany({ where: { userId: id, role: { in: taken } } });
        await queries.userRole.createMany({
          data: given.map((role) => ({ userId: id, role })),
          skipDuplicates: true,
        });
        const details = { before: user.roles, after: [...roles] };
        await writeAudit(queries, actor, { action: 'user.roles-set', target: id, details });
        if (taken.length + given.length > 0) await tellRoles(queries, id, roles);
        return userOf(await queries.user.findUniqueOrThrow({ where: { id }, include: WITH_USER_DETAILS }));
      }),
    suspend: (id, { until, reason }, now, actor) =>
      database.$transaction(async (queries) => {
        const user = await userToChange(queries, id);
        refuseHigher(user, actor);
        await refuseLastAdministrator(queries, user, now);
        const suspension = { until, reason, suspendedBy: actor.actor, createdAt: now };
        const where = { userId: id };
        await queries.suspension.upsert({ where, create: { userId: id, ...suspension }, update: suspension });
        await queries.session.updateMany({
          where: { userId: id, revokedAt: null },
          data: { revokedAt: now },
        });
        const details = { until: until.toISOString(), reason };
        await writeAudit(queries, actor, { action: 'user.suspended', target: id, details });
      }),
    lift: (id, now, actor) =>
      database.$transaction(async (queries) => {
        refuseHigher(await userToChange(queries, id), actor);
        const { count } = await queries.suspension.deleteMany({ where: { userId: id, until: { gt: now } } });
        if (count === 0) throw problem('not_found', 'This person is not suspended');
        await writeAudit(queries, actor, { action: 'user.suspension-lifted', target: id });
      }),
    change: (id, change, actor) =>
      database.$transaction(async (queries) => {
        const user = await userToChange(queries, id);
        refuseHigher(user, actor);
        return changePerson(queries, user, change, actor);
      }),
    remove: (id, now, actor) =>
      database.$transaction(async (queries) => {
        const user = await userToChange(queries, id);
        refuseHigher(user, actor);
        await refuseLastAdministrator(queries, user, now);
        await removePerson(queries, id, actor);
      }),
    roles: () => listRoles(database),
    putRole: (role, context) => putRole(database, role, context),
    removeRole: (name, context) => removeRole(database, name, context),
    permissions: () => listPermissions(database),
  };
}
