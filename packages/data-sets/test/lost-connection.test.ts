import { createTcpProxy, createTestDatabase } from '@flyloft/testing';
import { expect, it } from '@jest/globals';
import { createPostgresDataSets } from '../src/index.ts';
import { newDataSet, read, write } from './engines.ts';

it('E8: a connection that is lost between two pages of a scan fails that scan alone', async () => {
  const database = await createTestDatabase();
  const proxy = await createTcpProxy(database.url);
  const dataSets = createPostgresDataSets({ connectionString: proxy.url });
  const dataSet = await newDataSet(dataSets);
  await write(
    dataSets,
    dataSet,
    Array.from({ length: 30 }, (_, nn) => ({ nn })),
  );
  const pages = dataSets.store.scan(dataSet, { pageSize: 10 })[Symbol.asyncIterator]();
  expect((await pages.next()).value).toHaveLength(10);
  // Nobody waits for the connection when it goes: its error must not end the process.
  await proxy.cut();
  await expect(pages.next()).rejects.toMatchObject({ code: 'unavailable' });
  await proxy.restore();
  expect(await read(dataSets, dataSet, 'sort_by=nn:ascending')).toHaveLength(30);
  await dataSets.close();
  await proxy.close();
  await database.drop();
});
