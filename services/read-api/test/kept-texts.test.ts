import { findAnswer, parseBatch, parseQuery } from '@flyloft/data-sets';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { propertyWithin } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { dataSetsVerifier, ENGINES, fillDataSet } from './harness.ts';

const DAYS = ['2014-01-06', '2014-01-07', '2014-01-20', '2014-02-03'];

const record = fc.record({
  _id: fc.integer({ min: 0, max: 9 }).map((id) => `r${id}`),
  _timestamp: fc.constantFrom(...DAYS).map((day) => `${day}T10:00:00Z`),
  dept: fc.constantFrom('a', 'b'),
  nn: fc.integer({ min: -3, max: 3 }),
});

const RANGE = 'start_at=2014-01-06T00:00:00Z&end_at=2014-02-10T00:00:00Z';

/** Of few shapes, so that the same kept parts are asked for in many ways. */
const question = fc
  .tuple(
    fc.constantFrom('period=week', 'period=day'),
    fc.constantFrom(RANGE, RANGE, 'start_at=2014-01-20T00:00:00Z&duration=2'),
    fc.constantFrom(
      '',
      'group_by=dept',
      'group_by=dept&flatten=true',
      'group_by=dept&sort_by=_count:descending',
    ),
    fc.constantFrom('', 'collect=nn:sum', 'collect=nn:mean'),
    fc.constantFrom('', 'limit=1&group_by=dept'),
    fc.constantFrom('', 'format=csv', 'format=ndjson'),
  )
  .map((parts) => parts.filter((part) => part !== '').join('&'));

const step = fc.oneof(
  { weight: 1, arbitrary: record.map((given) => ({ given, asked: undefined })) },
  { weight: 4, arbitrary: question.map((asked) => ({ given: undefined, asked })) },
);

for (const engine of ENGINES) {
  engine.describe(`kept answers that are sent again on ${engine.name}`, () => {
    let keeping: Awaited<ReturnType<typeof engine.start>>;
    let savings: Promise<unknown>[] = [];
    const saved = async () => {
      await Promise.all(savings);
      savings = [];
    };
    beforeAll(async () => {
      keeping = await engine.start({
        keepAnswers: {
          overMilliseconds: 0,
          finerFromRecords: 0,
          saveEveryMilliseconds: 0,
          onSaving: (saving) => void savings.push(saving),
        },
      });
    });
    afterAll(async () => {
      await saved();
      await keeping.stop();
    });

    const appWith = (textsMaxBytes: number) =>
      createApp({
        logger: createLogger('read-api', 'silent'),
        metrics: createMetrics('read-api'),
        healthChecks: [],
        dataSets: keeping.dataSets,
        dataSetsVerifier,
        textsMaxBytes,
      });

    it('are what would be computed and written now, whatever was asked and stored before', async () => {
      const [remembering, forgetting] = [appWith(1_000_000), appWith(0)];
      await fc.assert(
        propertyWithin(4, fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
          const { path, name } = await fillDataSet(keeping.dataSets, [{ _id: 'r0', dept: 'a', nn: 1 }]);
          const dataSet = await keeping.dataSets.catalogue.findByName(name);
          if (dataSet === undefined) throw new Error('the data set is gone');
          for (const { given, asked } of steps) {
            if (given !== undefined) {
              const batch = parseBatch([given]);
              if ('errors' in batch) throw new Error('a bad record');
              await keeping.dataSets.store.upsert(dataSet, batch.records);
              continue;
            }
            // Computed, put together of kept parts, sent again.
            for (let time = 0; time < 3; time += 1) {
              const answer = await request(remembering).get(`${path}?${asked}`);
              await saved();
              const anew = await request(forgetting).get(`${path}?${asked}`);
              await saved();
              expect([
                answer.status,
                answer.text,
                answer.headers.etag,
                answer.headers['content-type'],
              ]).toEqual([anew.status, anew.text, anew.headers.etag, anew.headers['content-type']]);
            }
          }
        }),
        { numRuns: 60 },
      );
    });

    it('have the same name until a write changes them, and another one for another range, order or limit', async () => {
      const { dataSets } = keeping;
      const { name } = await fillDataSet(dataSets, [
        { _timestamp: '2014-01-06T00:00:00Z', dept: 'a' },
        { _timestamp: '2014-01-20T00:00:00Z', dept: 'b' },
      ]);
      const dataSet = await dataSets.catalogue.findByName(name);
      if (dataSet === undefined) throw new Error('the data set is gone');
      const nameOf = async (asked: string) => {
        const query = parseQuery(asked, { rawQueriesAllowed: true });
        const found = await findAnswer(query, { store: dataSets.store, dataSet, now: new Date() });
        await saved();
        return found.name;
      };
      const asked = `period=week&group_by=dept&${RANGE}`;
      expect(await nameOf(asked)).toBeUndefined();
      const settled = async () => {
        // On PostgreSQL parts are used once the oldest transaction of the server is past them.
        let [last, next] = [await nameOf(asked), await nameOf(asked)];
        while (next === undefined || next !== last) [last, next] = [next, await nameOf(asked)];
        return next;
      };
      const first = await settled();
      const others = [`${asked}&limit=1`, `${asked}&sort_by=_count:descending`, `${asked}&flatten=true`];
      const names = [first, ...(await Promise.all(others.map(nameOf)))];
      expect(new Set(names).size).toBe(4);
      const batch = parseBatch([{ _timestamp: '2014-01-21T00:00:00Z', dept: 'b' }]);
      if ('errors' in batch) throw new Error('a bad record');
      await dataSets.store.upsert(dataSet, batch.records);
      expect(await settled()).not.toBe(first);
    });
  });
}
