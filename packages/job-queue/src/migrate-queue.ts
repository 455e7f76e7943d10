import { assertSchemaCompatibility, runMigrations } from 'bullmq';
import { Client } from 'pg';

/** The PostgreSQL schema that the queues of the platform live in. */
export const QUEUE_SCHEMA = 'queue';

async function withClient<T>(connectionString: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  // An idle client that is cut emits an error that would end the process; the query in flight fails by itself.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Brings the schema `queue` up to what this release of BullMQ needs, as a role that may create
 * schemas. Twice is a no-op, two at once is once. Answers the version of the schema.
 */
export function migrateQueue(connectionString: string): Promise<number> {
  return withClient(connectionString, (client) => runMigrations(client, QUEUE_SCHEMA));
}

/** @throws when the database does not answer or its queue schema is missing or too old. */
export async function assertReady(connectionString: string): Promise<void> {
  await withClient(connectionString, (client) => assertSchemaCompatibility(client, QUEUE_SCHEMA));
}
