import type { PrismaClient } from '../generated/prisma/client.ts';
import { LOST_AFTER_SECONDS, MAX_ATTEMPTS } from '../loads/load.ts';
import type { Registry } from '../registry.ts';
import { markPackageFailed } from './package-status.ts';
import { toLoad } from './rows.ts';

type LoadQueue = Pick<
  Registry,
  'loadsToEnqueue' | 'markEnqueued' | 'reapLostLoads' | 'packagesToSweep' | 'waitingLoads'
>;

const LOST_ERROR = `The worker was lost ${MAX_ATTEMPTS} times while it loaded this package`;

/** The outbox, and the search for attempts that died: what keeps every load moving. */
export function createLoadQueue(database: PrismaClient): LoadQueue {
  return {
    loadsToEnqueue: async ({ limit = 100, reenqueueAfterSeconds = 60 } = {}) => {
      // A job can be lost with its engine; making it again is harmless, because its id is the same.
      const rows = await database.$queryRaw<{ id: string }[]>`
        SELECT id FROM registry.loads
        WHERE status = 'queued' AND (enqueued_at IS NULL
          OR enqueued_at < clock_timestamp() - make_interval(secs => ${reenqueueAfterSeconds}))
        ORDER BY created_at LIMIT ${limit}`;
      const loads = await database.load.findMany({
        where: { id: { in: rows.map(({ id }) => id) } },
        orderBy: { createdAt: 'asc' },
      });
      return loads.map(toLoad);
    },

    markEnqueued: async (loadId) => {
      await database.$executeRaw`
        UPDATE registry.loads SET enqueued_at = clock_timestamp()
        WHERE id = ${loadId}::uuid AND status = 'queued'`;
    },

    packagesToSweep: async (withinSeconds) => {
      const rows = await database.$queryRaw<{ package_id: string }[]>`
        SELECT package_id FROM registry.loads
        WHERE package_id IS NOT NULL
          AND finished_at > clock_timestamp() - make_interval(secs => ${withinSeconds})
        UNION
        SELECT package_id FROM registry.loads
        WHERE package_deleted_at > clock_timestamp() - make_interval(secs => ${withinSeconds})`;
      return rows.map(({ package_id }) => package_id);
    },

    waitingLoads: async () => {
      const [row] = await database.$queryRaw<{ count: number; oldest: number; at_work: number }[]>`
        SELECT count(*) FILTER (WHERE status = 'queued')::int AS count,
          COALESCE(extract(epoch FROM clock_timestamp()
            - min(created_at) FILTER (WHERE status = 'queued')), 0)::float8 AS oldest,
          count(*) FILTER (WHERE heartbeat_at > clock_timestamp()
            - make_interval(secs => ${LOST_AFTER_SECONDS}))::int AS at_work
        FROM registry.loads WHERE status NOT IN ('done', 'fail')`;
      return { count: row?.count ?? 0, oldestSeconds: row?.oldest ?? 0, atWork: row?.at_work ?? 0 };
    },

    reapLostLoads: async ({ lostAfterSeconds = LOST_AFTER_SECONDS } = {}) =>
      database.$transaction(async (transaction) => {
        const lost = await transaction.$queryRaw<
          { id: string; attempt: number; package_id: string | null }[]
        >`
          SELECT id, attempt, package_id FROM registry.loads
          WHERE status NOT IN ('queued', 'done', 'fail')
            AND heartbeat_at <= clock_timestamp() - make_interval(secs => ${lostAfterSeconds})
          FOR UPDATE SKIP LOCKED`;
        const dead = lost.filter(({ attempt }) => attempt >= MAX_ATTEMPTS);
        const deadIds = dead.map(({ id }) => id);
        const liveIds = lost.filter(({ attempt }) => attempt < MAX_ATTEMPTS).map(({ id }) => id);
        await transaction.$executeRaw`
          UPDATE registry.loads
          SET status = 'queued', rows = 0, enqueued_at = NULL, heartbeat_at = NULL, claimed_at = NULL
          WHERE id = ANY(${liveIds}::uuid[])`;
        await transaction.$executeRaw`
          UPDATE registry.loads
          SET status = 'fail', error = ${LOST_ERROR}, code = 'worker_lost', claimed_at = NULL,
              finished_at = clock_timestamp(),
              phases = phases || jsonb_build_array(
                jsonb_build_object('status', 'fail', 'started_at', clock_timestamp()))
          WHERE id = ANY(${deadIds}::uuid[])`;
        for (const { package_id } of dead) await markPackageFailed(transaction, package_id, LOST_ERROR);
        const rows = await transaction.load.findMany({ where: { id: { in: [...deadIds, ...liveIds] } } });
        const loads = rows.map(toLoad);
        return {
          requeued: loads.filter(({ status }) => status === 'queued'),
          failed: loads.filter(({ status }) => status === 'fail'),
        };
      }),
  };
}
