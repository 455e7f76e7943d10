import { propertyWithin } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  answerQuery,
  type DataSet,
  parseBatch,
  parseJsonExactly,
  parseQuery,
  renderJson,
} from '../src/index.ts';
import type { RecordStore } from '../src/store/store.ts';
import { ENGINES, type Engine, newDataSet } from './engines.ts';
import { createOracle } from './oracle.ts';

const KEYS = ['dept', 'nn', 'mixed', 'flag', 'toString'];

/** Text that engines, regular expressions, SQL and JSON could stumble on. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'ab',
    'Z',
    '%',
    '_',
    '\\',
    '$sum',
    "'; --",
    '{"$gt":""}',
    'é',
    '\u{1F600}',
    '\uFFFD',
    '.*',
  ),
  fc.string({ maxLength: 4, unit: 'binary' }).filter((value) => !value.includes('\0')),
);

/** Literals as clients send them: integers, money, many digits, small and large. */
const number = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map(String),
  fc.maxSafeInteger().map(String),
  fc.integer({ min: -999_999, max: 999_999 }).map((cents) => (cents / 100).toFixed(2)),
  fc.double({ noNaN: true, min: -1e6, max: 1e6, maxExcluded: true }).map(String),
  fc.constantFrom('0.1', '0.2', '-0', '1e-7', '12345678901234.56789', '0.30000000000000004'),
);

const value = fc.oneof(
  number,
  text.map((one) => JSON.stringify(one)),
  fc.constantFrom('true', 'false', 'null'),
);

const timestamp = fc
  .date({ min: new Date('2011-12-20T00:00:00Z'), max: new Date('2012-03-10T00:00:00Z'), noInvalidDate: true })
  .map((date) => JSON.stringify(date.toISOString()));

const values: Record<string, fc.Arbitrary<string>> = {
  dept: fc.oneof({ weight: 4, arbitrary: fc.constantFrom('"a"', '"b"', '"c"') }, value),
  nn: fc.oneof({ weight: 9, arbitrary: number }, fc.constantFrom('true', 'null')),
  mixed: value,
  flag: fc.constantFrom('true', 'false'),
  toString: value,
};

const record = fc
  .record(
    {
      _id: fc.integer({ min: 0, max: 25 }).map((id) => `"r${id}"`),
      _timestamp: timestamp,
      ...values,
    },
    { requiredKeys: ['_id'] },
  )
  .map(
    (fields) =>
      `{${Object.entries(fields)
        .map(([key, literal]) => `"${key}":${literal}`)
        .join(',')}}`,
  );

const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 });

const key = fc.constantFrom(...KEYS);

const filter = fc.option(
  fc.oneof(
    fc.tuple(fc.constant('filter_by_not'), key, fc.oneof(text, fc.constantFrom('true', 'false'))),
    fc.tuple(
      fc.constant('filter_by_range'),
      key,
      fc
        .tuple(fc.option(number, { nil: '' }), fc.option(number, { nil: '' }))
        .filter(([low, high]) => low !== '' || high !== '')
        .map(([low, high]) => `${low}..${high}`),
    ),
    fc.tuple(fc.constantFrom('filter_by', 'filter_by_prefix'), key, text),
    fc.tuple(fc.constant('filter_by'), key, fc.constantFrom('true', 'false')),
  ),
);

const collect = fc.tuple(
  key,
  fc.constantFrom('', ':sum', ':count', ':set', ':mean', ':min', ':max', ':median'),
);

const grouped = fc
  .record({
    period: fc.option(fc.constantFrom('hour', 'day', 'week', 'month', 'quarter', 'year')),
    groupBy: fc.uniqueArray(key, { maxLength: 2 }),
    collects: fc.array(collect, { maxLength: 3 }),
    filter,
    flatten: fc.boolean(),
    inclusive: fc.boolean(),
  })
  .filter(({ period, groupBy }) => period !== null || groupBy.length > 0)
  .map(({ period, groupBy, collects, filter: chosen, flatten, inclusive }) => {
    const search = new URLSearchParams({ start_at: '2012-01-01T00:00:00Z', end_at: '2012-02-29T12:00:00Z' });
    if (period) search.set('period', period);
    for (const name of groupBy) search.append('group_by', name);
    for (const [name, method] of collects)
      if (!groupBy.includes(name)) search.append('collect', `${name}${method}`);
    if (chosen) search.append(chosen[0], `${chosen[1]}:${chosen[2]}`);
    if (flatten) search.set('flatten', 'true');
    if (inclusive) search.set('inclusive', 'true');
    return search.toString();
  });

const raw = fc
  .record({
    filter,
    sort: fc.option(fc.tuple(key, fc.constantFrom('ascending', 'descending'))),
    limit: fc.nat(5),
    page: fc.option(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }))),
  })
  .map(({ filter: chosen, sort, limit, page }) => {
    const search = new URLSearchParams({ limit: String(limit) });
    if (page) search.set('page', String(page[0]));
    if (page) search.set('page_size', String(page[1]));
    if (chosen) search.append(chosen[0], `${chosen[1]}:${chosen[2]}`);
    if (sort) search.set('sort_by', `${sort[0]}:${sort[1]}`);
    return search.toString();
  });

const SERVER_KEYS = /^_(?!id$)/;

/** What clients see: the answer, or the message that refuses it. Without the keys that the server adds. */
async function answer(
  store: Pick<RecordStore, 'find' | 'aggregate'>,
  dataSet: DataSet,
  query: string,
): Promise<string> {
  try {
    const { data } = await answerQuery(parseQuery(query, { rawQueriesAllowed: true }), {
      store,
      dataSet,
      now: new Date('2012-03-01T00:00:00Z'),
    });
    const isRaw = !query.includes('start_at');
    const withoutServerKeys = (row: object) =>
      Object.fromEntries(Object.entries(row).filter(([name]) => !isRaw || !SERVER_KEYS.test(name)));
    return renderJson(data.map(withoutServerKeys));
  } catch (error) {
    return String(error);
  }
}

for (const { name, describe, start } of ENGINES) {
  describe(`${name} and a slow oracle`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine.stop());

    it('give the same answers to any queries over any records', async () => {
      await fc.assert(
        propertyWithin(
          9,
          fc.tuple(batches, fc.array(fc.oneof(grouped, raw), { minLength: 8, maxLength: 12 })),
          async ([written, queries]) => {
            const dataSet = await newDataSet(engine.dataSets);
            const oracle = createOracle();
            for (const records of written) {
              const batch = parseBatch(parseJsonExactly(`[${records.join(',')}]`));
              if ('errors' in batch) throw new Error(JSON.stringify(batch.errors));
              await engine.dataSets.store.upsert(dataSet, batch.records);
              await oracle.upsert(dataSet, batch.records);
            }
            for (const query of queries) {
              expect([query, await answer(engine.dataSets.store, dataSet, query)]).toEqual([
                query,
                await answer(oracle, dataSet, query),
              ]);
            }
            await engine.dataSets.catalogue.remove(dataSet);
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}
