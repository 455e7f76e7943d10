import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from '../generated/prisma/client.ts';

export type Database = PrismaClient;

/** What a function takes that may run inside a transaction or outside of one. */
export type Queries = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0];

const CONNECT_TIMEOUT_MILLISECONDS = 5_000;

export function createDatabase(connectionString: string): Database {
  const adapter = new PrismaPg({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
    application_name: 'flyloft-auth',
  });
  return new PrismaClient({ adapter });
}

/** Waits for a named lock that the transaction holds to its end: two processes go one after the other. */
export async function lockUntilCommit(queries: Queries, name: string): Promise<void> {
  await queries.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${`flyloft auth ${name}`}))`;
}
