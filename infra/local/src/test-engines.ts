import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Engine } from './engines/engine.ts';
import { freePort } from './engines/free-port.ts';
import { startMongo } from './engines/mongo.ts';
import { startPostgres } from './engines/postgres.ts';
import { EngineUnavailableError } from './engines/program.ts';
import { startRedis } from './engines/redis.ts';
import { startS3 } from './engines/s3.ts';
import { migratePlatform } from './platform/migrate-platform.ts';

// Nothing of a test survives its run: durability would only cost time.
const TEST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
};

async function startTestPostgres(folder: string): Promise<Engine> {
  const postgres = await startPostgres({
    dataFolder: join(folder, 'postgres'),
    port: await freePort(),
    password: 'test',
    settings: TEST_SETTINGS,
  });
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('CREATE DATABASE flyloft_template');
  await client.end();
  const template = new URL(postgres.url);
  template.pathname = '/flyloft_template';
  await migratePlatform(template.href);
  return postgres;
}

/**
 * An engine that tests may do without on a newcomer's machine: missing, its suites are skipped
 * loudly; with `CI` set that is a failure, unless Go is all that is missing.
 */
async function optional(name: string, start: () => Promise<Engine>): Promise<Engine | undefined> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof EngineUnavailableError) || (process.env.CI && !error.needsGo)) throw error;
    process.stderr.write(`\n!!! Tests on ${name} are SKIPPED. ${error.message}\n\n`);
    return undefined;
  }
}

function given(variable: string): string | undefined {
  const value = process.env[variable];
  return value === '' ? undefined : value;
}

/**
 * Starts the engines of a test run in a temporary folder, or takes those that `MONGO_URL`, `REDIS_URL`
 * and `S3_ENDPOINT` name, and leaves their addresses in the environment (`FLYLOFT_TEST_POSTGRES_URL`,
 * `FLYLOFT_TEST_MONGO_URL`, `FLYLOFT_TEST_REDIS_URL`, `FLYLOFT_TEST_S3_ENDPOINT` with its keys), where test files find them.
 */
export async function startTestEngines(): Promise<{ stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-test-'));
  // PostgreSQL may run as another user, who has to get through.
  await chmod(folder, 0o755);
  const mongoUrl = given('MONGO_URL');
  const redisUrl = given('REDIS_URL');
  const s3Endpoint = given('S3_ENDPOINT');
  const s3Keys = {
    accessKeyId: given('S3_ACCESS_KEY_ID') ?? 'flyloft-test',
    secretAccessKey: given('S3_SECRET_ACCESS_KEY') ?? 'flyloft-test-secret',
  };
  const started = await Promise.all([
    startTestPostgres(folder),
    mongoUrl === undefined
      ? optional('MongoDB', async () =>
          startMongo({ dataFolder: join(folder, 'mongo'), port: await freePort() }),
        )
      : undefined,
    redisUrl === undefined
      ? optional('Redis', async () =>
          startRedis({ dataFolder: join(folder, 'redis'), port: await freePort() }),
        )
      : undefined,
    s3Endpoint === undefined
      ? optional('S3', async () =>
          startS3({ dataFolder: join(folder, 's3'), port: await freePort(), ...s3Keys }),
        )
      : undefined,
  ]);
  const [postgres, mongo, redis, s3] = started;
  process.env.FLYLOFT_TEST_POSTGRES_URL = postgres.url;
  process.env.FLYLOFT_TEST_MONGO_URL = mongoUrl ?? mongo?.url ?? '';
  process.env.FLYLOFT_TEST_REDIS_URL = redisUrl ?? redis?.url ?? '';
  process.env.FLYLOFT_TEST_S3_ENDPOINT = s3Endpoint ?? s3?.url ?? '';
  process.env.FLYLOFT_TEST_S3_ACCESS_KEY_ID = s3Keys.accessKeyId;
  process.env.FLYLOFT_TEST_S3_SECRET_ACCESS_KEY = s3Keys.secretAccessKey;
  return {
    stop: async () => {
      await Promise.all(started.map((engine) => engine?.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
