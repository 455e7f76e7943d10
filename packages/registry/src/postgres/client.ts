import { PrismaPg } from '@prisma/adapter-pg';
import { type Prisma, PrismaClient } from '../generated/prisma/client.ts';

export interface RegistryOptions {
  /** A role that reads and writes the schema `registry`; read-only is enough for reading. */
  readonly connectionString: string;
  /** Most connections at a time; default 10. */
  readonly maxConnections?: number;
}

/** The client, or one transaction of it. */
export type Database = Prisma.TransactionClient;

export function connect({ connectionString, maxConnections = 10 }: RegistryOptions): PrismaClient {
  const adapter = new PrismaPg(
    { connectionString, max: maxConnections, connectionTimeoutMillis: 5_000 },
    { schema: 'registry' },
  );
  // As long as a query and a wait for the pool may take (reliability.md, Limits); Prisma's own are 2 and 5 seconds.
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 10_000 } });
}
