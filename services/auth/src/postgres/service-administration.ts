import { problem } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import {
  EVERYONE,
  type PermissionRow,
  type ServiceAdministration,
} from '../permissions/service-administration.ts';
import type { Permissions } from '../permissions/service-permissions.ts';
import { rowsOf } from '../routes/paging.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';

async function usernamesOf(queries: Queries, userids: readonly string[]): Promise<Map<string, string>> {
  const where = { idhash: { in: [...userids] } };
  const rows = await queries.user.findMany({ where, select: { idhash: true, username: true } });
  return new Map(rows.map(({ idhash, username }) => [idhash, username]));
}

async function list(queries: Queries, service: string, page: Parameters<ServiceAdministration['list']>[1]) {
  const where = { service };
  const [rows, total] = await Promise.all([
    // "*" sorts before every digit
    queries.servicePermission.findMany({ where, orderBy: { userid: 'asc' }, ...rowsOf(page) }),
    queries.servicePermission.count({ where }),
  ]);
  const usernames = await usernamesOf(
    queries,
    rows.map(({ userid }) => userid),
  );
  const entries = rows.map(({ userid, permissions }): PermissionRow => {
    // a check of the table makes every value an object
    return { userid, permissions: permissions as Permissions, username: usernames.get(userid) ?? null };
  });
  return { entries, total };
}

async function writeDown(
  queries: Queries,
  context: AuditContext,
  action: 'service.permissions-set' | 'service.permissions-removed',
  row: { readonly service: string; readonly userid: string; readonly permissions?: Permissions },
): Promise<void> {
  const { service, userid, permissions } = row;
  const details = { service, ...(permissions ? { permissions: JSON.stringify(permissions) } : {}) };
  await writeAudit(queries, context, { action, target: userid, details });
}

export function createServiceAdministration(database: Database): ServiceAdministration {
  return {
    list: (service, page) => list(database, service, page),
    put: (service, userid, permissions, context) =>
      database.$transaction(async (queries) => {
        const username = (await usernamesOf(queries, [userid])).get(userid) ?? null;
        if (userid !== EVERYONE && username === null) throw problem('not_found', 'Nobody has this idhash');
        // it came as JSON, and a schema has made sure of that
        const value = permissions as Prisma.InputJsonObject;
        const row = { userid, service };
        await queries.servicePermission.upsert({
          where: { userid_service: row },
          create: { ...row, permissions: value },
          update: { permissions: value },
        });
        await writeDown(queries, context, 'service.permissions-set', { ...row, permissions });
        return { userid, permissions, username };
      }),
    remove: (service, userid, context) =>
      database.$transaction(async (queries) => {
        const { count } = await queries.servicePermission.deleteMany({ where: { service, userid } });
        if (count === 0) throw problem('not_found', 'There is no such row');
        await writeDown(queries, context, 'service.permissions-removed', { service, userid });
      }),
  };
}
