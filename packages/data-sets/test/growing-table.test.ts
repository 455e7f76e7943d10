import { createTestDatabase } from '@flyloft/testing';
import { expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createPostgresDataSets } from '../src/index.ts';
import { newDataSet, read, write } from './engines.ts';

it('lets readers through while a new key waits for a long reader, and stores the record after it', async () => {
  const database = await createTestDatabase();
  const dataSets = createPostgresDataSets({ connectionString: database.url });
  const longReader = new Client({ connectionString: database.url });
  await longReader.connect();
  try {
    const dataSet = await newDataSet(dataSets);
    await write(dataSets, dataSet, { _id: 'first', nn: 1 });
    await longReader.query('BEGIN');
    await longReader.query(`SELECT count(*) FROM data_sets.records_${dataSet.id}`);
    const writing = write(dataSets, dataSet, { _id: 'second', another_key: 2 });
    // Each of these would time out behind a lock that waits for the long reader.
    for (const _turn of [1, 2, 3]) {
      expect(await read(dataSets, dataSet, '')).toMatchObject([{ _id: 'first' }]);
    }
    await longReader.query('COMMIT');
    await writing;
    expect(await read(dataSets, dataSet, '')).toMatchObject([{ _id: 'first' }, { another_key: 2 }]);
  } finally {
    await longReader.end();
    await dataSets.close();
    await database.drop();
  }
});
