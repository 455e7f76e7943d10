import { expect, it } from '@jest/globals';
import { type DataSet, dataSetSettingsSchema } from '../catalogue/data-set.ts';
import type { DataRecord } from '../records/record.ts';
import { coalesceUpserts } from './coalesce-upserts.ts';

const dataSet: DataSet = {
  id: '1',
  name: 'name',
  dataGroup: 'group',
  dataType: 'type',
  tokenHash: null,
  settings: dataSetSettingsSchema.parse({}),
};

function record(id: string): DataRecord {
  return { id, values: new Map() };
}

/** Writes that end when the test says so. */
function heldWrites() {
  const writes: { ids: string[]; resolve: () => void; reject: (reason: unknown) => void }[] = [];
  const upsert = coalesceUpserts(
    (_dataSet, records) =>
      new Promise((resolve, reject) => {
        writes.push({ ids: records.map(({ id }) => id), resolve, reject });
      }),
  );
  return { writes, send: (id: string) => upsert(dataSet, [record(id)]) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('lets what waits share one write, in the order of arrival, and answers it all after the commit', async () => {
  const { writes, send } = heldWrites();
  const sent = ['a', 'b', 'c', 'd', 'e'].map(send);
  expect(writes.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
  writes[0]?.resolve();
  await sent[0];
  await turn();
  expect(writes[2]?.ids).toEqual(['c', 'd', 'e']);
  let answered = 0;
  for (const one of sent) void one.then(() => (answered += 1));
  await turn();
  expect(answered).toBe(1);
  writes[2]?.resolve();
  writes[1]?.resolve();
  await Promise.all(sent);
});

it('tries each batch alone where the shared write fails, so one cannot fail another', async () => {
  const { writes, send } = heldWrites();
  const sent = ['a', 'b', 'c', 'd'].map(send);
  const outcomes = Promise.allSettled(sent);
  writes[0]?.resolve();
  writes[1]?.resolve();
  await turn();
  writes[2]?.reject(new Error('together'));
  await turn();
  expect(writes[3]?.ids).toEqual(['c']);
  writes[3]?.reject(new Error('alone'));
  await turn();
  writes[4]?.resolve();
  expect((await outcomes).map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
});

it('goes on after a write that failed', async () => {
  const { writes, send } = heldWrites();
  const first = send('a');
  writes[0]?.reject(new Error('down'));
  await expect(first).rejects.toThrow('down');
  const second = send('b');
  writes[1]?.resolve();
  await second;
});
