import { endWhenSilent } from '@flyloft/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { type Prisma, PrismaClient } from '../generated/prisma/client.ts';

export interface RegistryOptions {
  /** A role that reads and writes the schema `registry`; read-only is enough for reading. */
  readonly connectionString: string;
  /** Most connections at a time; default 10. */
  readonly maxConnections?: number;
}

/** The client, or one transaction of it. */
export type Database = Prisma.TransactionClient;

/** No statement of the registry takes so long. */
const SILENCE_SECONDS = 10;

export function connect({ connectionString, maxConnections = 10 }: RegistryOptions): PrismaClient {
  const pool = new Pool({ connectionString, max: maxConnections, connectionTimeoutMillis: 5_000 });
  pool.on('connect', (client) => endWhenSilent(client, SILENCE_SECONDS));
  const adapter = new PrismaPg(pool, { schema: 'registry', disposeExternalPool: true });
  // As long as a query and a wait for the pool may take (reliability.md, Limits); Prisma's own are 2 and 5 seconds.
  return new PrismaClient({ adapter, transactionOptions: { maxWait: 5_000, timeout: 10_000 } });
}
