import { createPostgresCounters, createRedisCounters, type RateCounters } from '@flyloft/service-kit';
import { Pool } from 'pg';
import type { Database } from './database.ts';

interface CounterPlaces {
  readonly DATABASE_URL: string;
  readonly REDIS_URL?: string | undefined;
}

const CONNECTIONS = 4;
/** A request waits no longer than this to be counted. */
const TIMEOUT_MILLISECONDS = 2_000;

/** Where replicas count together: Redis when there is one, else a table of the database. */
export async function openCounters(
  { DATABASE_URL, REDIS_URL }: CounterPlaces,
  onError: (error: Error) => void,
): Promise<{ counters: RateCounters; close: () => Promise<void> }> {
  if (REDIS_URL !== undefined) {
    const counters = await createRedisCounters(REDIS_URL, onError);
    return { counters, close: counters.close };
  }
  const pool = new Pool({
    connectionString: DATABASE_URL,
    max: CONNECTIONS,
    connectionTimeoutMillis: TIMEOUT_MILLISECONDS,
    query_timeout: TIMEOUT_MILLISECONDS,
    application_name: 'flyloft-auth-counters',
    // Counts may be lost with the machine: nobody waits for a disk.
    onConnect: async (client) => {
      await client.query('SET synchronous_commit = off');
    },
  });
  pool.on('error', onError);
  const counters = createPostgresCounters({ pool, schema: 'auth', table: 'rate_counters' });
  return { counters, close: () => pool.end() };
}

/** Removes what counts no longer. */
export async function sweepCounters(database: Database): Promise<void> {
  await database.rateCounter.deleteMany({ where: { expire: { lt: BigInt(Date.now()) } } });
}
