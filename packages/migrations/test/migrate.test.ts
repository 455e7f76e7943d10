import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@flyloft/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { MigrationError, migrate } from '../src/index.ts';

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  folder = await mkdtemp(join(tmpdir(), 'migrations-'));
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

const run = () => migrate({ connectionString: database.url, schema: 'room', folder });

async function tables(): Promise<string[]> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'room' ORDER BY 1`,
  );
  await client.end();
  return rows.map((row) => row.name);
}

describe('migrate', () => {
  it('applies migrations in the order of their names and says which', async () => {
    await addMigration('2_b', 'ALTER TABLE chairs ADD COLUMN colour text');
    await addMigration('1_a', 'CREATE TABLE chairs (id int)');
    expect(await run()).toEqual(['1_a', '2_b']);
    expect(await tables()).toEqual(['_prisma_migrations', 'chairs']);
  });

  it('is a no-op the second time', async () => {
    await addMigration('1_a', 'CREATE TABLE chairs (id int)');
    await run();
    expect(await run()).toEqual([]);
  });

  it('is applied once when two run at once', async () => {
    await addMigration('1_a', 'CREATE TABLE chairs (id int)');
    const applied = await Promise.all([run(), run(), run()]);
    expect(applied.flat()).toEqual(['1_a']);
  });

  it('leaves nothing behind when a later migration fails, and names it', async () => {
    await addMigration('1_a', 'CREATE TABLE chairs (id int)');
    await addMigration('2_b', 'ALTER TABLE tables ADD COLUMN x int');
    await expect(run()).rejects.toThrow(/Migration 2_b failed: .*tables/);
    expect(await tables()).toEqual([]);
  });

  it('refuses a migration that changed after it was applied', async () => {
    await addMigration('1_a', 'CREATE TABLE chairs (id int)');
    await run();
    await addMigration('1_a', 'CREATE TABLE chairs (id bigint)');
    await expect(run()).rejects.toThrow(
      new MigrationError('Migration 1_a was applied and has changed since'),
    );
  });
});
