import { createTestDatabase, describeWith, propertyWithin, testMongoUrl } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import mongoose from 'mongoose';
import { Client } from 'pg';
import { createMongoDataSets, createPostgresDataSets, type DataSet, type DataSets } from '../src/index.ts';
import { newDataSet, read as readNow, readText as readTextNow, write } from './engines.ts';

/** A writer, a reader that keeps every answer, one that keeps none, and a look at what is kept. */
interface Readers {
  readonly writer: DataSets;
  readonly keeping: DataSets;
  readonly fresh: DataSets;
  /** Keeps answers, but saves none a second time. */
  readonly sparing: DataSets;
  readonly countShapes: () => Promise<number>;
  /** Waits until nothing that runs in the engine is older than what was written: then parts are used. */
  readonly settle: () => Promise<void>;
  /** Writes nonsense into every kept part, as another reader would save it: who answers from them is seen. */
  readonly spoilParts: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Parts are saved after their answer. */
const savings = new Set<Promise<unknown>>();

const KEEP_ALL = {
  keepAnswers: {
    overMilliseconds: 0,
    finerFromRecords: 0,
    saveEveryMilliseconds: 0,
    onSaving: (saving: Promise<unknown>) => void savings.add(saving),
  },
};

const KEEP_ONCE = {
  keepAnswers: {
    ...KEEP_ALL.keepAnswers,
    finerFromRecords: Number.POSITIVE_INFINITY,
    saveEveryMilliseconds: 3_600_000,
  },
};

async function saved<T>(answer: Promise<T>): Promise<T> {
  const result = await answer;
  await Promise.all(savings);
  savings.clear();
  return result;
}

const read: typeof readNow = (...asked) => saved(readNow(...asked));
const readText: typeof readTextNow = (...asked) => saved(readTextNow(...asked));

const SPOILT = JSON.stringify([[[], 1_000_000, [], []]]);

async function onPostgres(): Promise<Readers> {
  const database = await createTestDatabase();
  const open = (options = {}) => createPostgresDataSets({ connectionString: database.url, ...options });
  const [writer, keeping, fresh, sparing] = [open(), open(KEEP_ALL), open(), open(KEEP_ONCE)];
  const client = new Client({ connectionString: database.url });
  await client.connect();
  return {
    writer,
    keeping,
    fresh,
    sparing,
    countShapes: async () => (await client.query('SELECT FROM kept_answers.shapes')).rowCount ?? 0,
    settle: async () => {
      // Other test files share the server; a part is used once the oldest transaction is past its writes.
      const { rows } = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
      const isPast = 'SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS past';
      while (!(await client.query<{ past: boolean }>(isPast, [rows[0]?.id])).rows[0]?.past) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    spoilParts: async () => {
      await client.query('UPDATE kept_answers.parts SET groups = $1', [SPOILT]);
      await client.query('UPDATE kept_answers.shapes SET revision = revision + 1');
    },
    stop: async () => {
      await client.end();
      await Promise.all([writer.close(), keeping.close(), fresh.close(), sparing.close()]);
      await database.drop();
    },
  };
}

async function onMongo(url: string): Promise<Readers> {
  const [writer, keeping, fresh, sparing] = [
    createMongoDataSets({ url }),
    createMongoDataSets({ url, ...KEEP_ALL }),
    createMongoDataSets({ url }),
    createMongoDataSets({ url, ...KEEP_ONCE }),
  ];
  const connection = await mongoose.createConnection(url).asPromise();
  return {
    writer,
    keeping,
    fresh,
    sparing,
    countShapes: () => connection.collection('kept_shapes').countDocuments(),
    settle: async () => undefined,
    spoilParts: async () => {
      await connection.collection('kept_parts').updateMany({}, { $set: { groups: SPOILT } });
      const revision = { $concat: ['$revision', '+'] };
      await connection.collection('kept_shapes').updateMany({}, [{ $set: { revision } }]);
    },
    stop: async () => {
      await connection.close();
      await Promise.all([writer.close(), keeping.close(), fresh.close(), sparing.close()]);
    },
  };
}

const mongoUrl = testMongoUrl();

const ENGINES = [
  { name: 'PostgreSQL', describe: describeWith('always'), start: onPostgres },
  { name: 'MongoDB', describe: describeWith(mongoUrl), start: () => onMongo(mongoUrl ?? '') },
];

const moment = fc.date({
  min: new Date('2011-12-01T00:00:00Z'),
  max: new Date('2012-04-10T00:00:00Z'),
  noInvalidDate: true,
});

const record = fc.record(
  {
    _id: fc.integer({ min: 0, max: 30 }).map((id) => `r${id}`),
    _timestamp: moment.map((date) => date.toISOString()),
    dept: fc.constantFrom('a', 'b', true, 7),
    nn: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(0.1, 0.2, 123_456_789.012_345, true)),
    mixed: fc.constantFrom('x', null, 1, false),
  },
  { requiredKeys: ['_id'] },
);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ write: fc.array(record, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.integer({ min: 0, max: 30 }).map((id) => `r${id}`) }) },
  { weight: 2, arbitrary: fc.record({ patch: record }) },
  { weight: 1, arbitrary: fc.constant({ drop: true as const }) },
);

/** Few shapes and many windows, so that parts are used again, grow and shrink. */
const query = fc
  .record({
    period: fc.constantFrom('day', 'week', 'month', 'hour', undefined),
    isBounded: fc.boolean(),
    grouped: fc.boolean(),
    collect: fc.constantFrom('', 'nn:sum', 'nn:median', 'mixed:set'),
    filtered: fc.boolean(),
    bounds: fc
      .tuple(moment, moment)
      .map((ends) => ends.sort((left, right) => left.getTime() - right.getTime())),
    isAligned: fc.boolean(),
    inclusive: fc.boolean(),
  })
  .map(({ period, isBounded, grouped, collect, filtered, bounds, isAligned, inclusive }) => {
    const text = (date: Date | undefined) => {
      const iso = (date ?? new Date(0)).toISOString();
      return isAligned ? `${iso.slice(0, 8)}01T00:00:00Z` : `${iso.slice(0, 19)}Z`;
    };
    const search = new URLSearchParams();
    const hasBounds = period !== undefined || isBounded;
    if (period !== undefined) search.set('period', period);
    if (hasBounds) search.set('start_at', text(bounds[0]));
    if (hasBounds) search.set('end_at', text(bounds[1]));
    if (grouped || period === undefined) search.set('group_by', 'dept');
    if (collect) search.set('collect', collect);
    if (filtered) search.set('filter_by_not', 'mixed:x');
    if (inclusive && hasBounds) search.set('inclusive', 'true');
    return search.toString();
  });

async function take({ writer }: Readers, dataSet: DataSet, taken: object) {
  if ('write' in taken) await write(writer, dataSet, taken.write);
  else if ('remove' in taken) await writer.store.remove(dataSet, String(taken.remove));
  else if ('patch' in taken) await write(writer, dataSet, taken.patch);
  else await writer.store.drop(dataSet);
}

const WEEKS = 'period=week&start_at=2012-01-02T00:00:00Z&end_at=2012-03-05T00:00:00Z&collect=nn:sum';

for (const { name, describe, start } of ENGINES) {
  describe(`kept answers on ${name}`, () => {
    let readers: Readers;
    beforeAll(async () => {
      readers = await start();
    });
    afterAll(() => readers.stop());

    it('are those that would be computed now, whatever was written and asked before', async () => {
      const { keeping, fresh } = readers;
      await fc.assert(
        propertyWithin(
          8,
          fc.array(fc.tuple(step, fc.array(query, { minLength: 1, maxLength: 3 })), {
            minLength: 3,
            maxLength: 8,
          }),
          async (steps) => {
            const dataSet = await newDataSet(readers.writer);
            for (const [taken, queries] of steps) {
              await take(readers, dataSet, taken);
              for (const asked of queries) {
                expect([asked, await readText(keeping, dataSet, asked)]).toEqual([
                  asked,
                  await readText(fresh, dataSet, asked),
                ]);
              }
            }
            await readers.writer.catalogue.remove(dataSet);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('are used, and only the touched period is computed again', async () => {
      const { writer, keeping, settle } = readers;
      const dataSet = await newDataSet(writer);
      const records = Array.from({ length: 9 }, (_, week) => ({
        _id: `r${week}`,
        _timestamp: new Date(Date.UTC(2012, 0, 3 + 7 * week)).toISOString(),
        nn: week,
      }));
      await write(writer, dataSet, records);
      await settle();
      const counts = async () =>
        ((await read(keeping, dataSet, WEEKS)) as { _count: number }[]).map(({ _count }) => _count);
      expect(await counts()).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
      await readers.spoilParts();
      expect(await counts()).toEqual(Array.from({ length: 9 }, () => 1_000_000));
      await write(writer, dataSet, { _id: 'new', _timestamp: '2012-01-10T00:00:00Z', nn: 1 });
      const m = 1_000_000;
      expect(await counts()).toEqual([m, 2, m, m, m, m, m, m, m]);
      // A record that moves touches the period that it leaves and the one that it enters.
      await write(writer, dataSet, { _id: 'r8', _timestamp: '2012-02-07T00:00:00Z', nn: 1 });
      expect(await counts()).toEqual([m, 2, m, m, m, 2, m, m, 0]);
      await writer.store.drop(dataSet);
      expect(await counts()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    });

    it('are used by day within a week that is written to again', async () => {
      const { writer, keeping, settle } = readers;
      const dataSet = await newDataSet(writer);
      const days = ['2012-01-02', '2012-01-03', '2012-01-05', '2012-01-08', '2012-01-09'];
      const on = (day: string, id: string) => ({ _id: id, _timestamp: `${day}T10:00:00Z`, nn: 1 });
      await write(
        writer,
        dataSet,
        days.map((day) => on(day, day)),
      );
      await settle();
      const counts = async () =>
        ((await read(keeping, dataSet, WEEKS)) as { _count: number }[])
          .slice(0, 2)
          .map(({ _count }) => _count);
      expect(await counts()).toEqual([4, 1]);
      await write(writer, dataSet, on('2012-01-03', 'first'));
      await settle();
      expect(await counts()).toEqual([5, 1]);
      await readers.spoilParts();
      await write(writer, dataSet, on('2012-01-05', 'second'));
      // three of the week's days are kept ones, and one is computed
      expect(await counts()).toEqual([3_000_002, 1_000_000]);
    });

    it('are not saved again at once, and true all the same', async () => {
      const { writer, sparing, settle, spoilParts } = readers;
      const dataSet = await newDataSet(writer);
      const on = (day: string) => ({ _id: day, _timestamp: `${day}T10:00:00Z`, nn: 1 });
      await write(writer, dataSet, [on('2012-01-03'), on('2012-01-10')]);
      await settle();
      const counts = async () =>
        ((await read(sparing, dataSet, WEEKS)) as { _count: number }[])
          .slice(0, 2)
          .map(({ _count }) => _count);
      expect(await counts()).toEqual([1, 1]);
      await write(writer, dataSet, on('2012-01-11'));
      await settle();
      expect(await counts()).toEqual([1, 2]);
      await spoilParts();
      // Had the second week been saved, its part would be nonsense by now as well.
      expect(await counts()).toEqual([1_000_000, 2]);
    });

    it('see every acknowledged write, and never count back, while several write and several read', async () => {
      const { writer, keeping, fresh } = readers;
      const dataSet = await newDataSet(writer);
      await write(writer, dataSet, { _id: 'first', _timestamp: '2012-01-03T00:00:00Z', nn: 1 });
      let acknowledged = 1;
      let isWriting = true;
      const total = async (dataSets: DataSets) =>
        ((await read(dataSets, dataSet, WEEKS)) as { _count: number }[]).reduce(
          (sum, { _count }) => sum + _count,
          0,
        );
      const writing = Promise.all(
        [0, 1, 2].map(async (lane) => {
          for (let index = 0; index < 40; index += 1) {
            const day = new Date(Date.UTC(2012, 0, 3 + ((index * 7 + lane) % 60))).toISOString();
            await write(writer, dataSet, { _id: `${lane}-${index}`, _timestamp: day, nn: 1 });
            acknowledged += 1;
          }
        }),
      ).finally(() => {
        isWriting = false;
      });
      await Promise.all(
        [0, 1].map(async () => {
          let before = 0;
          while (isWriting) {
            const known = acknowledged;
            const seen = await total(keeping);
            expect(seen).toBeGreaterThanOrEqual(Math.max(known, before));
            before = seen;
          }
        }),
      );
      await writing;
      expect(await total(keeping)).toBe(121);
      expect(await readText(keeping, dataSet, WEEKS)).toBe(await readText(fresh, dataSet, WEEKS));
    });

    it('are not kept without bound', async () => {
      const { writer, keeping } = readers;
      const dataSet = await newDataSet(writer);
      await write(writer, dataSet, { _id: 'a', _timestamp: '2012-01-03T00:00:00Z', nn: 1 });
      const before = await readers.countShapes();
      for (let index = 0; index < 205; index += 1) {
        await read(keeping, dataSet, `${WEEKS}&filter_by=dept:${index}`);
      }
      expect((await readers.countShapes()) - before).toBeLessThanOrEqual(200);
    });
  });
}
