import { randomUUID } from 'node:crypto';
import { problem } from '@flyloft/common';
import type { PushDelivery, PushStore } from '../push/push-subscriptions.ts';
import { rowsOf } from '../routes/paging.ts';
import { type Database, lockUntilCommit } from './database.ts';

const MOST_SUBSCRIPTIONS = 20;
const AT_ONCE = 20;

interface DueRow {
  readonly id: bigint;
  readonly attempts: number;
  readonly subscription_id: string;
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
  readonly notification_id: string;
  readonly kind: string;
  readonly text: string;
}

function deliveryOf(row: DueRow): PushDelivery {
  const { id, attempts, endpoint, p256dh, auth, kind, text } = row;
  return {
    ...{ id, attempts, subscriptionId: row.subscription_id },
    subscription: { endpoint, p256dh, auth },
    notification: { id: row.notification_id, kind, text },
  };
}

export function createPushStore(database: Database): PushStore {
  const missing = () => problem('not_found', 'You have no such subscription');
  const owned: PushStore['owned'] = async (userId, id) => {
    const row = await database.pushSubscription.findFirst({ where: { id, userId } });
    if (row === null) throw missing();
    return row;
  };
  return {
    owned,
    subscribe: (userId, subscription) =>
      database.$transaction(async (queries) => {
        await lockUntilCommit(queries, `push subscriptions of ${userId}`);
        const { endpoint, p256dh, auth } = subscription;
        await queries.pushSubscription.deleteMany({ where: { ...subscription, userId: { not: userId } } });
        const where = { userId_endpoint: { userId, endpoint } };
        const known = await queries.pushSubscription.findUnique({ where });
        const count = await queries.pushSubscription.count({ where: { userId } });
        if (known === null && count >= MOST_SUBSCRIPTIONS) {
          throw problem('conflict', `You have ${MOST_SUBSCRIPTIONS} subscriptions: remove one first`);
        }
        const create = { id: randomUUID(), userId, endpoint, p256dh, auth };
        return queries.pushSubscription.upsert({ where, create, update: { p256dh, auth } });
      }),
    list: async (userId, page) => {
      const where = { userId };
      const [entries, total] = await Promise.all([
        database.pushSubscription.findMany({
          where,
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
          ...rowsOf(page),
        }),
        database.pushSubscription.count({ where }),
      ]);
      return { entries, total };
    },
    replace: (userId, id, by) =>
      database.$transaction(async (queries) => {
        await lockUntilCommit(queries, `push subscriptions of ${userId}`);
        // Another row of the same browser would be in the way.
        const others = { userId, endpoint: by.endpoint, id: { not: id } };
        await queries.pushSubscription.deleteMany({ where: others });
        const [row] = await queries.pushSubscription.updateManyAndReturn({ where: { id, userId }, data: by });
        if (row === undefined) throw missing();
        return row;
      }),
    remove: async (userId, id) => {
      const { count } = await database.pushSubscription.deleteMany({ where: { id, userId } });
      if (count === 0) throw missing();
    },
    takeDue: async () => {
      const rows = await database.$queryRaw<DueRow[]>`
        WITH due AS (
          UPDATE auth.push_deliveries
          SET attempts = attempts + 1, due_at = now() + interval '20 seconds' * power(2, attempts)
          WHERE id IN (
            SELECT id FROM auth.push_deliveries WHERE due_at <= now()
            ORDER BY id LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
          )
          RETURNING id, attempts, notification_id, subscription_id
        )
        SELECT due.*, endpoint, p256dh, auth, kind, text FROM due
        JOIN auth.push_subscriptions AS subscription ON subscription.id = subscription_id
        JOIN auth.notifications AS notification ON notification.id = notification_id`;
      return rows.map(deliveryOf);
    },
    settle: async (id) => {
      await database.pushDelivery.deleteMany({ where: { id } });
    },
    prune: async (id) => {
      await database.pushSubscription.deleteMany({ where: { id } });
    },
  };
}
