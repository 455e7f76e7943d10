import { problem } from '@flyloft/common';
import type { App, AppRole } from '../apps/app.ts';
import type { AppStore } from '../apps/app-store.ts';
import type { App as Row } from '../generated/prisma/client.ts';
import { isStorable } from '../plain-text.ts';
import { rowsOf } from '../routes/paging.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';

// a check of the tables allows no other
const roleOf = (text: string) => text as AppRole;

function appOf({ defaultRole, ...row }: Row): App {
  return { ...row, defaultRole: roleOf(defaultRole) };
}

async function find(queries: Queries, slug: string): Promise<App | undefined> {
  const row = isStorable(slug) ? await queries.app.findUnique({ where: { slug } }) : null;
  return row ? appOf(row) : undefined;
}

async function requireApp(queries: Queries, slug: string): Promise<App> {
  const app = await find(queries, slug);
  if (app === undefined) throw problem('not_found', 'There is no such application');
  return app;
}

/** Applications and who is what in them. */
export function createAppStore(database: Database): AppStore {
  return {
    list: async (page) => {
      const [rows, total] = await Promise.all([
        database.app.findMany({ orderBy: { slug: 'asc' }, ...rowsOf(page) }),
        database.app.count(),
      ]);
      return { entries: rows.map(appOf), total };
    },
    find: (slug) => find(database, slug),
    create: ({ default_role: defaultRole, ...app }, context) =>
      database.$transaction(async (queries) => {
        const [row] = await queries.app.createManyAndReturn({
          data: [{ ...app, defaultRole }],
          skipDuplicates: true,
        });
        if (row === undefined) throw problem('conflict', `There is an application "${app.slug}" already`);
        await writeAudit(queries, context, { action: 'app.created', target: app.slug });
        return appOf(row);
      }),
    change: (slug, { name, url, external, default_role: defaultRole }, context) =>
      database.$transaction(async (queries) => {
        await requireApp(queries, slug);
        const data = {
          ...(name === undefined ? {} : { name }),
          ...(url === undefined ? {} : { url }),
          ...(external === undefined ? {} : { external }),
          ...(defaultRole === undefined ? {} : { defaultRole }),
        };
        const row = await queries.app.update({ where: { slug }, data });
        await writeAudit(queries, context, {
          action: 'app.changed',
          target: slug,
          details: { changed: Object.keys(data) },
        });
        return appOf(row);
      }),
    remove: (slug, context) =>
      database.$transaction(async (queries) => {
        const { count } = isStorable(slug) ? await queries.app.deleteMany({ where: { slug } }) : { count: 0 };
        if (count === 0) throw problem('not_found', 'There is no such application');
        await writeAudit(queries, context, { action: 'app.deleted', target: slug });
      }),
    roleGiven: async (slug, userId) => {
      const row = await database.appRole.findUnique({ where: { app_userId: { app: slug, userId } } });
      return row ? roleOf(row.role) : undefined;
    },
    roles: async (slug, page) => {
      await requireApp(database, slug);
      const where = { app: slug };
      const [rows, total] = await Promise.all([
        database.appRole.findMany({
          where,
          include: { user: { include: WITH_USER_DETAILS } },
          orderBy: { user: { username: 'asc' } },
          ...rowsOf(page),
        }),
        database.appRole.count({ where }),
      ]);
      return { entries: rows.map(({ user, role }) => ({ user: userOf(user), role: roleOf(role) })), total };
    },
    setRole: (slug, userId, role, context) =>
      database.$transaction(async (queries) => {
        await requireApp(queries, slug);
        const person = await queries.user.findUnique({ where: { id: userId }, select: { id: true } });
        if (person === null) throw problem('not_found', 'No person has this id');
        const where = { app_userId: { app: slug, userId } };
        await queries.appRole.upsert({ where, create: { app: slug, userId, role }, update: { role } });
        await writeAudit(queries, context, {
          action: 'app.role-set',
          target: userId,
          details: { app: slug, role },
        });
      }),
  };
}
