import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A PostgreSQL database of one test file's own, cloned from the migrated template. */
export interface TestDatabase {
  /** Superuser connection string. */
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** The variable that the test run's global set-up leaves for its test files. */
const POSTGRES_VARIABLE = 'FLYLOFT_TEST_POSTGRES_URL';

/** The database that is cloned for each test file: every migration applied, no rows but the seeds. */
const TEMPLATE_DATABASE = 'flyloft_template';

function serverUrl(): string {
  const url = process.env[POSTGRES_VARIABLE];
  if (url === undefined) throw new Error(`${POSTGRES_VARIABLE} is not set: run the tests with "npm test"`);
  return url;
}

async function execute(sql: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Clones the template, or makes an empty database with `{ empty: true }`. */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(
    options.empty ? `CREATE DATABASE ${name}` : `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`,
  );
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => execute(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}
