import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import { PrismaClient } from '../generated/prisma/client.ts';
import { openPool } from './pool.ts';

export type Database = PrismaClient;

/** What a function takes that may run inside a transaction or outside of one. */
export type Queries = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

/**
 * On the connections of a pool, which the caller closes; by an address, on some of its own. A transaction waits and lasts as long as
 * reliability.md, Limits, says of the pool and of a query; Prisma's own limits are 2 and 5 seconds.
 */
export function createDatabase(place: Pool | string): Database {
  const own = typeof place === 'string';
  const adapter = new PrismaPg(own ? openPool(place) : place, { disposeExternalPool: own });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 10_000 } });
}

/** Waits for a named lock that the transaction holds to its end: two processes go one after the other. */
export async function lockUntilCommit(queries: Queries, name: string): Promise<void> {
  await queries.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`flyloft auth ${name}`}))`;
}
