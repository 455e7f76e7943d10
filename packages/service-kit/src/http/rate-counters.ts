import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
} from 'rate-limiter-flexible';

/** So many requests in so many seconds. */
export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** Where requests are counted. */
export interface RateCounters {
  /** Counts for one limit; `name` keeps what it counts apart from what others do. */
  readonly counterOf: (name: string, limit: RateLimit) => RateLimiterAbstract;
  readonly close: () => Promise<void>;
}

const memoryCounter = ({ requests, seconds }: RateLimit) =>
  new RateLimiterMemory({ points: requests, duration: seconds });

/** Each process counts for itself. */
export function createMemoryCounters(): RateCounters {
  return { counterOf: (_name, limit) => memoryCounter(limit), close: async () => {} };
}

const CONNECT_TIMEOUT_MILLISECONDS = 5_000;
/** A request waits no longer than this to be counted. */
const COMMAND_TIMEOUT_MILLISECONDS = 500;
const MAX_RECONNECT_MILLISECONDS = 2_000;

/**
 * All replicas count together, in Redis. While Redis is away each counts for itself: a limit that holds
 * for each replica alone is better than none, and than refusing everybody.
 */
export async function createRedisCounters(
  url: string,
  onError: (error: Error) => void,
): Promise<RateCounters> {
  const redis = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MILLISECONDS,
    commandTimeout: COMMAND_TIMEOUT_MILLISECONDS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    lazyConnect: true,
    retryStrategy: (tries) => Math.min(tries * 100, MAX_RECONNECT_MILLISECONDS),
  });
  redis.on('error', onError);
  // The first try; a failed one is told by the event, and others follow it.
  await redis.connect().catch(() => undefined);
  return {
    counterOf: (name, limit) =>
      new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `flyloft:rate:${name}:${limit.requests}/${limit.seconds}`,
        points: limit.requests,
        duration: limit.seconds,
        rejectIfRedisNotReady: true,
        insuranceLimiter: memoryCounter(limit),
      }),
    close: async () => redis.disconnect(),
  };
}

/** Counters that replicas share, where there is something to count and a Redis to count in; undefined: each counts for itself. */
export async function openRateCounters(
  limits: readonly RateLimit[] | undefined,
  redisUrl: string | undefined,
  logger: Logger,
): Promise<RateCounters | undefined> {
  if (limits === undefined || redisUrl === undefined) return undefined;
  return createRedisCounters(redisUrl, (error) => logger.warn({ err: error }, 'rate limits in Redis'));
}

export interface PostgresCounterOptions {
  /** A pool of `pg`; the caller closes it. */
  readonly pool: object;
  readonly schema: string;
  /** With the columns `key`, `points` and `expire`, made by a migration: services make no tables. */
  readonly table: string;
}

/** All replicas count together, in a table. While the database is away each counts for itself. */
export function createPostgresCounters({ pool, schema, table }: PostgresCounterOptions): RateCounters {
  return {
    counterOf: (name, limit) =>
      new RateLimiterPostgres({
        storeClient: pool,
        storeType: 'pool',
        schemaName: schema,
        tableName: table,
        tableCreated: true,
        keyPrefix: `${name}:${limit.requests}/${limit.seconds}`,
        points: limit.requests,
        duration: limit.seconds,
        insuranceLimiter: memoryCounter(limit),
        // Expired rows are removed by who owns the table.
        clearExpiredByTimeout: false,
      }),
    close: async () => {},
  };
}
