import { endWhenSilent } from '@flyloft/common';
import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type RedisOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { assertReady, QUEUE_SCHEMA } from './migrate-queue.ts';

/** Where the jobs live: PostgreSQL, with nothing more to run, or Redis when one machine is outgrown. */
export type QueueBackend =
  | { readonly kind: 'postgres'; readonly connectionString: string }
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string };

/** What BullMQ's constructors take: options, and the factory of the engine's backend. */
export interface BullConnection {
  readonly options: { readonly connection: ConnectionOptions; readonly prefix?: string };
  readonly factory: BackendFactory<IQueueBackend>;
}

const CONNECT_TIMEOUT_MILLISECONDS = 5_000;
const SILENCE_SECONDS = 8;
// BullMQ's workers wait for a job for up to ten seconds in one command.
const REDIS_SILENCE_MILLISECONDS = { produce: 5_000, consume: 12_000 };
const MAX_RECONNECT_MILLISECONDS = 2_000;
// How long ioredis keeps a timer for a socket that may have closed already.
const DISCONNECT_TIMEOUT_MILLISECONDS = 200;

function redisConnection(url: string, use: 'produce' | 'consume'): RedisOptions {
  return {
    url,
    connectTimeout: CONNECT_TIMEOUT_MILLISECONDS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MILLISECONDS,
    // Counted while an answer is waited for: a network that swallows what is sent tells nobody.
    socketTimeout: REDIS_SILENCE_MILLISECONDS[use],
    // BullMQ's own default waits up to 20 s between tries; an outage should end when it ends.
    retryStrategy: (tries: number) => Math.min(tries * 100, MAX_RECONNECT_MILLISECONDS),
    // A producer would rather know at once; a consumer waits for as long as it takes.
    ...(use === 'produce'
      ? { maxRetriesPerRequest: 1, enableOfflineQueue: false }
      : { maxRetriesPerRequest: null }),
  };
}

/**
 * BullMQ takes clients from its pool without listening to them: one that is cut while in use would emit an
 * error that ends the process. The query in flight fails by itself. BullMQ listens (LISTEN) with another client.
 */
class CalmClient extends Client {
  constructor(...options: ConstructorParameters<typeof Client>) {
    super(...options);
    this.on('error', () => undefined);
    this.once('connect', () => endWhenSilent(this, SILENCE_SECONDS));
  }
}

export function bullConnection(backend: QueueBackend, use: 'produce' | 'consume'): BullConnection {
  if (backend.kind === 'redis') {
    const { url, prefix } = backend;
    const connection = redisConnection(url, use);
    return {
      options: prefix === undefined ? { connection } : { connection, prefix },
      factory: createRedisBackend,
    };
  }
  const connection = {
    connectionString: backend.connectionString,
    schema: QUEUE_SCHEMA,
    max: 4,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
    keepAlive: true,
    Client: CalmClient,
  };
  return {
    // A Redis connection to BullMQ's types; the factory puts the real one in its place.
    options: { connection: {} },
    factory: (name, options, more) => createPostgresBackend(name, { ...options, connection }, more),
  };
}

async function pingRedis(url: string): Promise<void> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MILLISECONDS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MILLISECONDS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The rejection of connect or ping says the same.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}

/**
 * Resolves when the engine answers and BullMQ may be started on it. BullMQ is never started before: on
 * PostgreSQL it remembers a first connection that failed for ever, on Redis it cannot be closed while
 * it waits for one.
 */
export async function assertBackendReady(backend: QueueBackend): Promise<void> {
  if (backend.kind === 'postgres') await assertReady(backend.connectionString);
  else await pingRedis(backend.url);
}

/** Whether the engine answers; what is closed without it cannot say goodbye first. */
export function answers(backend: QueueBackend): Promise<boolean> {
  return assertBackendReady(backend).then(
    () => true,
    () => false,
  );
}
