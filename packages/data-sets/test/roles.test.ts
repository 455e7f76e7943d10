import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createPostgresDataSets, type DataSets } from '../src/index.ts';
import { newDataSet, read, write } from './engines.ts';

const ROLES = join(import.meta.dirname, '../../../infra/postgres/roles.sql');
const PASSWORD = 'roles-test';

/** The two services' database roles, as a platform has them. */
describe('with the database roles of write-api and read-api', () => {
  let database: TestDatabase;
  let writer: DataSets;
  let reader: DataSets;
  let asReader: Client;
  const savings: Promise<unknown>[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    const superuser = new Client({ connectionString: database.url });
    await superuser.connect();
    await superuser.query(await readFile(ROLES, 'utf8'));
    for (const role of ['flyloft_write_api', 'flyloft_read_api']) {
      await superuser.query(`ALTER ROLE ${role} PASSWORD '${PASSWORD}'`);
    }
    await superuser.end();
    const urlOf = (role: string) => {
      const url = new URL(database.url);
      url.username = role;
      url.password = PASSWORD;
      return url.href;
    };
    writer = createPostgresDataSets({ connectionString: urlOf('flyloft_write_api') });
    reader = createPostgresDataSets({
      connectionString: urlOf('flyloft_read_api'),
      keepAnswers: { overMilliseconds: 0, onSaving: (saving) => savings.push(saving) },
    });
    asReader = new Client({ connectionString: urlOf('flyloft_read_api') });
    await asReader.connect();
  });

  afterAll(async () => {
    await asReader.end();
    await Promise.all([writer.close(), reader.close()]);
    await database.drop();
  });

  it('records are written and read, and answers are kept', async () => {
    const dataSet = await newDataSet(writer);
    await write(writer, dataSet, [{ _timestamp: '2014-01-06T00:00:00Z', nn: 1 }]);
    const query = 'period=week&start_at=2014-01-06T00:00:00Z&end_at=2014-01-13T00:00:00Z&collect=nn:sum';
    expect(await read(reader, dataSet, query)).toMatchObject([{ _count: 1, 'nn:sum': 1 }]);
    await Promise.all(savings);
    const { rows } = await asReader.query('SELECT groups FROM kept_answers.parts');
    expect(rows).toHaveLength(1);
    await write(writer, dataSet, [{ _timestamp: '2014-01-07T00:00:00Z', nn: 2 }]);
    expect(await read(reader, dataSet, query)).toMatchObject([{ _count: 2, 'nn:sum': 3 }]);
    expect(await writer.catalogue.remove(dataSet)).toBe(true);
  });

  it('read-api can write nothing but its kept answers', async () => {
    const dataSet = await newDataSet(writer);
    await write(writer, dataSet, { nn: 1 });
    for (const statement of [
      `DELETE FROM data_sets.records_${dataSet.id}`,
      `UPDATE data_sets.records_${dataSet.id} SET id = 'x'`,
      'DELETE FROM data_sets.touches',
      'DELETE FROM data_sets.data_sets',
      'CREATE TABLE data_sets.mine (id int)',
      'CREATE TABLE kept_answers.mine (id int)',
      'DELETE FROM registry.packages',
      'SELECT FROM auth.users',
    ]) {
      expect([statement, await asReader.query(statement).catch((error) => error.code)]).toEqual([
        statement,
        '42501',
      ]);
    }
  });
});
