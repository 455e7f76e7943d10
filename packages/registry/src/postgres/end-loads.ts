import type { PrismaClient } from '../generated/prisma/client.ts';
import { CANCELLED } from '../loads/load.ts';
import type { Registry } from '../registry.ts';
import type { Database } from './client.ts';
import { markPackageFailed } from './package-status.ts';
import { toLoad } from './rows.ts';

type EndLoads = Pick<Registry, 'cancelLoad' | 'deletePackage'>;

/**
 * Ends those of these loads that have not ended. A worker that is at one of them finds its attempt
 * stale at its next write or heartbeat, so nothing of it is ever published.
 */
async function endLoads(database: Database, ids: readonly string[], reason: string): Promise<string[]> {
  const ended = await database.$queryRaw<{ id: string }[]>`
    UPDATE registry.loads
    SET status = 'fail', code = ${CANCELLED}, error = ${reason}, finished_at = clock_timestamp(), claimed_at = NULL,
        phases = phases || jsonb_build_array(jsonb_build_object('status', 'fail', 'started_at', clock_timestamp()))
    WHERE id = ANY(${ids}::uuid[]) AND status NOT IN ('done', 'fail')
    RETURNING id`;
  return ended.map(({ id }) => id);
}

/** What ends loads from outside: people, not workers. */
export function createEndLoads(database: PrismaClient): EndLoads {
  return {
    cancelLoad: (id, reason) =>
      database.$transaction(async (transaction) => {
        const before = await transaction.load.findUnique({ where: { id } });
        if (before === null) return undefined;
        const ended = await endLoads(transaction, [id], reason);
        // Only the load that was at work speaks for its package; one that waits has not touched it.
        if (ended.length > 0 && before.claimedAt !== null) {
          await markPackageFailed(transaction, before.packageId, reason);
        }
        return toLoad(await transaction.load.findUniqueOrThrow({ where: { id } }));
      }),

    deletePackage: (id) =>
      database.$transaction(async (transaction) => {
        // Loads claim their package under the same lock.
        await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('package ' || ${id}))`;
        const rows = await transaction.$queryRaw<{ id: string }[]>`
          SELECT id FROM registry.loads
          WHERE status NOT IN ('done', 'fail') AND (package_id = ${id} OR (address, requested_by) IN (
            SELECT address, requested_by FROM registry.loads WHERE package_id = ${id}))`;
        await endLoads(
          transaction,
          rows.map((row) => row.id),
          'The package was deleted',
        );
        const deleted = await transaction.$executeRaw`DELETE FROM registry.packages WHERE id = ${id}`;
        if (deleted === 0) return false;
        await transaction.$executeRaw`
          UPDATE registry.loads SET package_deleted_at = clock_timestamp()
          WHERE package_id = ${id} AND status = 'done' AND package_deleted_at IS NULL`;
        return true;
      }),
  };
}
