import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  type DataSet,
  MOST_FAILURES,
  runTransform,
  transformDefinitionSchema,
  writtenRange,
} from '../src/index.ts';
import { ENGINES, type Engine, newDataSet, read, write } from './engines.ts';

const NOW = new Date('2014-02-05T12:00:00Z');
const define = (definition: object) => transformDefinitionSchema.parse(definition);

for (const { name, describe, start } of ENGINES) {
  describe(`transforms on ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine.stop());

    const mark = (dataSet: DataSet, from: string, to = from, depth = 0) =>
      engine.dataSets.transforms.mark(dataSet, { from: new Date(from), to: new Date(to) }, depth);
    const only = async (dataSet: DataSet) => {
      const [transform] = await engine.dataSets.transforms.list(dataSet);
      if (transform === undefined) throw new Error('no transform');
      return transform;
    };
    const run = (id: string, now = NOW) => runTransform(engine.dataSets, id, () => now);
    const output = async (dataSet: DataSet, dataType: string, query = '') => {
      const found = await engine.dataSets.catalogue.findByPair({ dataGroup: dataSet.dataGroup, dataType });
      return found && read(engine.dataSets, found, query);
    };
    const weekly = (dataType: string, more: object = {}) =>
      define({
        type: 'aggregate',
        'query-parameters': { period: 'week', group_by: 'dept', collect: ['nn:sum', 'nn:mean'] },
        output: { 'data-type': dataType },
        ...more,
      });

    it('compute whole periods that writes touched into a data set like the input, again and again the same', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets, { published: true, restricted: true });
      await dataSets.transforms.replace(input, [weekly('weekly')]);
      const records = [
        { _timestamp: '2014-01-06', dept: 'a', nn: 0.1 },
        { _timestamp: '2014-01-12', dept: 'a', nn: 0.2 },
        { _timestamp: '2014-01-13', dept: 'a', nn: 100 },
        { _timestamp: '2014-01-08', nn: 5 },
      ];
      await write(dataSets, input, records);
      const [call] = await mark(input, '2014-01-09T10:00:00.123Z');
      const { id, status } = await only(input);
      expect(call).toEqual({ id, version: 1 });
      expect(status).toMatchObject({ pending: true, lastRunAt: null });
      expect(await run(id)).toEqual([]);
      const row = {
        dept: 'a',
        count: 2,
        nn_sum: 0.3,
        nn_mean: 0.15,
        _timestamp: '2014-01-06T00:00:00+00:00',
      };
      expect(await output(input, 'weekly')).toMatchObject([row]);
      await mark(input, '2014-01-06', '2014-01-13');
      await run(id);
      await mark(input, '2014-01-06', '2014-01-13');
      await run(id);
      expect(await output(input, 'weekly')).toMatchObject([row, { dept: 'a', count: 1, nn_sum: 100 }]);
      const made = await dataSets.catalogue.findByPair({ dataGroup: input.dataGroup, dataType: 'weekly' });
      expect(made).toMatchObject({
        tokenHash: input.tokenHash,
        settings: { published: true, restricted: true },
      });
      expect((await only(input)).status).toEqual({
        ...{ pending: false, lastRunAt: NOW, lastSuccessAt: NOW, lastError: null, failures: 0 },
      });
    });

    it('leave out a period that is not over, and see to it when it is', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      await dataSets.transforms.replace(input, [weekly('weekly')]);
      await write(dataSets, input, [
        { _timestamp: '2014-01-28', dept: 'a', nn: 1 },
        { _timestamp: '2014-02-04', dept: 'a', nn: 1 },
      ]);
      await mark(input, '2014-01-28', '2014-02-04');
      await run((await only(input)).id);
      expect(await output(input, 'weekly')).toMatchObject([{ _start_at: '2014-01-27T00:00:00+00:00' }]);
      // Not before the week is over, and then once.
      const transform = await only(input);
      const dueAt = async (moment: string) =>
        (await dataSets.transforms.due(new Date(moment), 1e9)).filter(({ id }) => id === transform.id);
      expect(await dueAt('2014-02-09T23:59:59Z')).toEqual([]);
      expect(await dueAt('2014-02-10')).toHaveLength(1);
      expect(await dueAt('2014-02-10')).toEqual([]);
      await run(transform.id, new Date('2014-02-10'));
      expect(await output(input, 'weekly')).toMatchObject([{}, { _start_at: '2014-02-03T00:00:00+00:00' }]);
      // All of it unfinished: nothing to do is no failure.
      await mark(input, '2014-02-04');
      await run((await only(input)).id);
      expect((await only(input)).status).toMatchObject({ pending: false, lastError: null });
    });

    it('are marked by the transaction that stores a write in one step: with it or not at all', async () => {
      const { store, transforms } = engine.dataSets;
      const input = await newDataSet(engine.dataSets);
      await transforms.replace(input, [weekly('weekly')]);
      const receipt = { keyHash: 'k', fingerprint: 'f', status: 200, body: 'stored' };
      const days = ['2014-01-06', '2014-01-20'];
      let isBreaking = true;
      const batches = async function* () {
        for (const day of days) yield [{ id: day, timestamp: new Date(day), values: new Map() }];
        if (isBreaking) throw new Error('broken');
      };
      await expect(store.upsertAll(input, batches, receipt)).rejects.toThrow('broken');
      expect((await only(input)).status.pending).toBe(false);
      isBreaking = false;
      const outcome = await store.upsertAll(input, batches, receipt);
      const { id, status } = await only(input);
      expect(outcome).toEqual({ kind: 'stored', calls: [{ id, version: 1 }] });
      expect(status.pending).toBe(true);
      // Nobody was called, as when the process is killed here: what asks again changes nothing, and it is found.
      expect(await store.upsertAll(input, batches, receipt)).toMatchObject({ kind: 'known' });
      const found = await transforms.due(new Date(Date.now() + 60_000), 30);
      expect(found).toContainEqual({ id, version: 1 });
      const range = { from: new Date('2014-01-06'), to: new Date('2014-01-20') };
      expect(await transforms.begin(id)).toMatchObject({ isPending: true, depth: 0, range });
    });

    it('are marked once for an upload of more records than MongoDB takes in one step', async () => {
      const { store, transforms } = engine.dataSets;
      const input = await newDataSet(engine.dataSets);
      await transforms.replace(input, [weekly('weekly')]);
      const batches = async function* () {
        for (let batch = 0; batch < 11; batch += 1) {
          yield Array.from({ length: 1_000 }, (_, index) => {
            const timestamp = new Date(Date.UTC(2014, 0, 6 + batch));
            return { id: `${batch} ${index}`, timestamp, values: new Map() };
          });
        }
      };
      const outcome = await store.upsertAll(input, batches);
      const { id } = await only(input);
      expect(outcome).toEqual({ kind: 'stored', calls: [{ id, version: 1 }] });
      const range = { from: new Date('2014-01-06'), to: new Date('2014-01-16') };
      expect(await transforms.begin(id)).toMatchObject({ range });
    });

    it('call their output’s transforms, and the range of writes that nobody has seen is kept whole', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      const middle = await newDataSet(dataSets);
      const into = { 'data-group': middle.dataGroup, 'data-type': middle.dataType };
      await dataSets.transforms.replace(input, [define({ ...weekly('x'), output: into })]);
      await dataSets.transforms.replace(middle, [
        weekly('end', { 'query-parameters': { group_by: 'dept', collect: 'nn_sum:sum' } }),
      ]);
      await write(dataSets, input, [
        { _timestamp: '2014-01-06', dept: 'a', nn: 1 },
        { _timestamp: '2014-01-20', dept: 'a', nn: 2 },
      ]);
      expect(await mark(input, '2014-01-20')).toHaveLength(1);
      // Called already.
      expect(await mark(input, '2014-01-06')).toEqual([]);
      const next = await run((await only(input)).id);
      expect(next).toEqual([{ id: (await only(middle)).id, version: 1 }]);
      expect(await dataSets.transforms.begin(next[0]?.id ?? '')).toMatchObject({ depth: 1 });
      await run(next[0]?.id ?? '');
      const made = await dataSets.catalogue.findByPair({ dataGroup: middle.dataGroup, dataType: 'end' });
      expect(made && (await read(dataSets, made, ''))).toMatchObject([
        { dept: 'a', count: 3, nn_sum_sum: 3 },
      ]);
    });

    it('see a write that came while they ran', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      await dataSets.transforms.replace(input, [weekly('weekly')]);
      await write(dataSets, input, { _id: 'one', _timestamp: '2014-01-06', dept: 'a', nn: 1 });
      await mark(input, '2014-01-06');
      const { id } = await only(input);
      let isFirst = true;
      const slow = {
        ...dataSets,
        store: {
          ...dataSets.store,
          aggregate: async (...query: Parameters<typeof dataSets.store.aggregate>) => {
            const groups = await dataSets.store.aggregate(...query);
            if (isFirst) {
              isFirst = false;
              await write(dataSets, input, { _id: 'two', _timestamp: '2014-01-07', dept: 'a', nn: 1 });
              expect(await mark(input, '2014-01-07')).toEqual([]);
            }
            return groups;
          },
        },
      };
      await runTransform(slow, id, () => NOW);
      expect(await output(input, 'weekly')).toMatchObject([{ count: 2, nn_sum: 2 }]);
      expect((await only(input)).status.pending).toBe(false);
    });

    it('show their last error, stay pending, and are called again by the next write once they were given up', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      await dataSets.transforms.replace(input, [weekly('weekly')]);
      await write(dataSets, input, { _timestamp: '2014-01-06', dept: 'a', nn: 'text' });
      await mark(input, '2014-01-06');
      const { id } = await only(input);
      for (let failure = 1; failure <= MOST_FAILURES; failure += 1) {
        expect(
          (await dataSets.transforms.due(new Date(Date.now() + 60_000), 30)).map((one) => one.id),
        ).toContain(id);
        await expect(run(id)).rejects.toThrow('invalid collect function');
      }
      expect((await only(input)).status).toMatchObject({
        ...{
          pending: true,
          failures: MOST_FAILURES,
          lastError: 'invalid collect function',
          lastSuccessAt: null,
        },
      });
      expect(
        (await dataSets.transforms.due(new Date(Date.now() + 60_000), 30)).map((one) => one.id),
      ).not.toContain(id);
      expect(await mark(input, '2014-01-06')).toHaveLength(1);
      await dataSets.store.drop(input);
      await run(id);
      expect((await only(input)).status).toMatchObject({ pending: false, lastError: null });
    });

    it('are due by the clock, once for each time', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      const parameters = { group_by: 'dept', collect: 'nn:max' };
      await dataSets.transforms.replace(input, [
        weekly('greatest', { 'query-parameters': parameters, every_seconds: 3_600, after_writes: false }),
      ]);
      await write(dataSets, input, [
        { dept: 'a', nn: 7 },
        { dept: 'a', nn: 3 },
      ]);
      expect(await mark(input, '2014-01-06')).toEqual([]);
      const { id } = await only(input);
      const now = new Date(Date.now() + 1_000);
      expect(await dataSets.transforms.due(now, 1e6)).toEqual([{ id, version: 1 }]);
      expect(await dataSets.transforms.due(now, 1e6)).toEqual([]);
      await run(id);
      expect(await output(input, 'greatest')).toMatchObject([{ dept: 'a', count: 2, nn_max: 7 }]);
      expect(await dataSets.transforms.due(new Date(now.getTime() + 3_600_000), 1e6)).toHaveLength(1);
      await run(id);
    });

    it('keep the newest value when the input is filled in backwards', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      const latest = define({
        ...{
          type: 'latest_dataset_value',
          options: { valueAttribute: 'rate', additionalFields: { kind: 'x' } },
        },
        output: { 'data-type': 'latest' },
      });
      await dataSets.transforms.replace(input, [latest]);
      const { id } = await only(input);
      for (const [moment, rate] of [
        ['2014-01-20', 0.2],
        ['2014-01-06', 0.1],
        ['2014-01-27', 0.3],
      ] as const) {
        await write(dataSets, input, { _timestamp: moment, rate });
        await mark(input, moment);
        await run(id);
        const [row] = (await output(input, 'latest')) as {
          _timestamp: string;
          events: number;
          kind: string;
        }[];
        expect(row).toMatchObject({ kind: 'x', events: rate === 0.1 ? 0.2 : rate });
      }
      expect(await output(input, 'latest')).toHaveLength(1);
    });

    it('keep their status when the list is put again; what is dropped is gone, also with the data set', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      await dataSets.transforms.replace(input, [weekly('one'), weekly('two')]);
      const [first, second] = await dataSets.transforms.list(input);
      await dataSets.transforms.replace(input, [weekly('three'), weekly('one')]);
      const list = await dataSets.transforms.list(input);
      expect(list.map(({ definition }) => definition.output['data-type'])).toEqual(['three', 'one']);
      expect(list[1]?.id).toBe(first?.id);
      expect(await dataSets.transforms.begin(second?.id ?? '')).toBeUndefined();
      await dataSets.catalogue.remove(input);
      expect(await dataSets.transforms.begin(first?.id ?? '')).toBeUndefined();
      await expect(dataSets.transforms.replace(input, [])).rejects.toMatchObject({ status: 404 });
    });

    it('that feed one another without end are stopped', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      await dataSets.transforms.replace(input, [weekly('weekly')]);
      await mark(input, '2014-01-06', '2014-01-06', 11);
      await expect(run((await only(input)).id)).rejects.toThrow('is it a loop?');
    });

    it('know their ways from data set to data set', async () => {
      const { dataSets } = engine;
      const input = await newDataSet(dataSets);
      await dataSets.transforms.replace(input, [weekly('weekly')]);
      const other = await newDataSet(dataSets);
      const { dataGroup, dataType } = input;
      expect(await dataSets.transforms.edges(other)).toContainEqual({
        from: { dataGroup, dataType },
        to: { dataGroup, dataType: 'weekly' },
      });
      expect((await dataSets.transforms.edges(input)).map(({ from }) => from.dataGroup)).not.toContain(
        dataGroup,
      );
    });
  });
}

it('the range of a batch spans its timestamps, and there is none without', () => {
  const [early, late] = [new Date(1), new Date(2)];
  expect(writtenRange([{ timestamp: late }, {}, { timestamp: early }])).toEqual({ from: early, to: late });
  expect(writtenRange([{}])).toBeUndefined();
});
