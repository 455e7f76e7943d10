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

/** An S3 server with its keys, and the name for a bucket of one's own, which is still to be made. */
export interface TestS3 {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Undefined where this machine has no S3 server. */
export function testS3(): TestS3 | undefined {
  const endpoint = process.env.FLYLOFT_TEST_S3_ENDPOINT;
  if (!endpoint) return undefined;
  return {
    endpoint,
    region: process.env.S3_REGION || 'us-east-1',
    bucket: `test-${randomBytes(8).toString('hex')}`,
    accessKeyId: process.env.FLYLOFT_TEST_S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.FLYLOFT_TEST_S3_SECRET_ACCESS_KEY ?? '',
  };
}

/** `describe` when the engine is at hand, else `describe.skip`, so that the skip is counted. */
export function describeWith(engineUrl: string | undefined): typeof describe | typeof describe.skip {
  return engineUrl === undefined ? describe.skip : describe;
}
