import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataRecord } from '../src/records/record.ts';
import { ENGINES, type Engine, newDataSet, write } from './engines.ts';

/** More than one transaction of MongoDB takes. */
function batchesOf(prefix: string): DataRecord[][] {
  return Array.from({ length: 12 }, (_, batch) =>
    Array.from({ length: 1_000 }, (_none, index) => ({
      id: `${prefix}${batch * 1_000 + index}`,
      values: new Map([['text', prefix]]),
    })),
  );
}

// On PostgreSQL it is one transaction, which ends with its process (write-api's killed.test.ts).
for (const { name, describe, start } of ENGINES.filter((engine) => engine.name === 'MongoDB')) {
  describe(`a large upload on ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine.stop());

    it('whose process is gone in the middle of it leaves nothing behind, once the next one has come', async () => {
      const { store } = engine.dataSets;
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, { _id: 'r7', text: 'old' });
      const other = await engine.another();
      let reads = 0;
      const dying = async function* () {
        reads += 1;
        for (const [index, batch] of batchesOf('r').entries()) {
          // The first reading stops at what one transaction takes.
          if (reads > 1 && index === 8) await other.stop();
          yield batch;
        }
      };
      await expect(other.dataSets.store.upsertAll(dataSet, dying)).rejects.toThrow();
      const whole = async function* () {
        yield* batchesOf('s');
      };
      expect(await store.upsertAll(dataSet, whole)).toEqual({ kind: 'stored', calls: [] });
      const records = await store.find(dataSet, { filters: [], inclusive: false, limit: 30_000 });
      expect(records[0]).toMatchObject({ _id: 'r7', text: 'old' });
      expect(records.slice(1).map(({ _id }) => _id)).toEqual(
        batchesOf('s')
          .flat()
          .map(({ id }) => id),
      );
    });
  });
}
