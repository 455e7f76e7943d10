import { createPostgresCounters, createRedisCounters, type RateCounters } from '@flyloft/service-kit';
import type { Pool } from 'pg';
import type { Database } from './database.ts';
import { createStatements } from './pool.ts';

/** A request waits no longer than this to be counted. */
const TIMEOUT_MILLISECONDS = 2_000;

/**
 * Where replicas count together: Redis when there is one, else a table of the database. It is unlogged: counts may be
 * lost with the machine, and nobody waits for a disk.
 */
export async function openCounters(
  pool: Pool,
  redisUrl: string | undefined,
  onError: (error: Error) => void,
): Promise<RateCounters> {
  if (redisUrl !== undefined) return createRedisCounters(redisUrl, onError);
  const statements = createStatements(pool, TIMEOUT_MILLISECONDS);
  return createPostgresCounters({ pool: statements, schema: 'auth', table: 'rate_counters' });
}

/** Removes what counts no longer. */
export async function sweepCounters(database: Database): Promise<void> {
  await database.rateCounter.deleteMany({ where: { expire: { lt: BigInt(Date.now()) } } });
}
