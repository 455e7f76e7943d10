import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Engine } from './engines/engine.ts';
import { freePort } from './engines/free-port.ts';
import { startPostgres } from './engines/postgres.ts';
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
 * Starts the engines of a test run in a temporary folder and leaves their addresses in the
 * environment (`FLYLOFT_TEST_POSTGRES_URL`, …), where test files find them.
 */
export async function startTestEngines(): Promise<{ stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-test-'));
  await chmod(folder, 0o755);
  const postgres = await startTestPostgres(folder);
  process.env.FLYLOFT_TEST_POSTGRES_URL = postgres.url;
  return {
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
