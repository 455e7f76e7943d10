import { problem } from '@flyloft/common';
import type { Notification as Row } from '../generated/prisma/client.ts';
import type {
  NewNotification,
  Notification,
  NotificationStore,
  NotificationSubject,
} from '../notices/notifications.ts';
import { rowsOf } from '../routes/paging.ts';
import type { Database, Queries } from './database.ts';

/** Stores a notification in the transaction of what it tells of. */
export async function notify(queries: Queries, notification: NewNotification): Promise<void> {
  const { about, ...rest } = notification;
  const data = { ...rest, ...(about === null ? {} : { about: { ...about } }) };
  await queries.notification.createMany({ data: [data], skipDuplicates: true });
}

function notificationOf({ id, kind, text, about, createdAt, readAt }: Row): Notification {
  // written by `notify` alone
  return { id, kind, text, about: about as NotificationSubject | null, createdAt, readAt };
}

export function createNotificationStore(database: Database): NotificationStore {
  return {
    list: async (userId, { read }, page) => {
      const where = { userId, ...(read === undefined ? {} : { readAt: read ? { not: null } : null }) };
      const [rows, total, unread] = await Promise.all([
        database.notification.findMany({
          where,
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
          ...rowsOf(page),
        }),
        database.notification.count({ where }),
        database.notification.count({ where: { userId, readAt: null } }),
      ]);
      return { entries: rows.map(notificationOf), total, unread };
    },
    mark: (userId, ids, read) =>
      database.$transaction(async (queries) => {
        const chosen = ids === 'all' ? {} : { id: { in: [...new Set(ids)] } };
        if (ids !== 'all') {
          const own = await queries.notification.count({ where: { userId, ...chosen } });
          // The same for somebody else's and for none: the answer must not tell which there are.
          if (own < new Set(ids).size) throw problem('permission_denied', 'Not all of these are yours');
        }
        const { count } = await queries.notification.updateMany({
          where: { userId, ...chosen, readAt: read ? null : { not: null } },
          data: { readAt: read ? new Date() : null },
        });
        return count;
      }),
    addFor: async (idhash, notification) => {
      const user = await database.user.findUnique({ where: { idhash }, select: { id: true } });
      if (user === null) return false;
      await notify(database, { ...notification, userId: user.id });
      return true;
    },
    wantsPush: async (userId) =>
      (await database.notificationSettings.findUnique({ where: { userId } }))?.push ?? true,
    setPush: async (userId, push) => {
      await database.notificationSettings.upsert({
        where: { userId },
        create: { userId, push },
        update: { push },
      });
    },
    sweep: async () => {
      await database.$executeRaw`DELETE FROM auth.notifications WHERE created_at < now() - interval '180 days'`;
    },
  };
}
