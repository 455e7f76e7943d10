import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';

/**
 * A MongoDB connection string with a database name of its own; undefined where this machine has no
 * MongoDB (then the run has said so loudly, and CI has failed).
 */
export function testMongoUrl(): string | undefined {
  const server = process.env.FLYLOFT_TEST_MONGO_URL;
  if (!server) return undefined;
  const url = new URL(server);
  url.pathname = `/test_${randomBytes(8).toString('hex')}`;
  return url.href;
}

/** A Redis connection string; undefined where this machine has no Redis. Use a key prefix of your own. */
export function testRedisUrl(): string | undefined {
  return process.env.FLYLOFT_TEST_REDIS_URL || undefined;
}

/** `describe` when the engine is at hand, else `describe.skip`, so that the skip is counted. */
export function describeWith(engineUrl: string | undefined): typeof describe | typeof describe.skip {
  return engineUrl === undefined ? describe.skip : describe;
}
