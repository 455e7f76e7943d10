import { createLogger, createMetrics } from '@flyloft/service-kit';
import { propertyWithin } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { dataSetsVerifier, ENGINES, fillDataSet } from './harness.ts';

const NAMES = [
  'start_at',
  'end_at',
  'duration',
  'period',
  'filter_by',
  'filter_by_prefix',
  'filter_by_range',
  'filter_by_not',
  'page',
  'page_size',
  'safe',
  'group_by',
  'sort_by',
  'limit',
  'collect',
  'flatten',
  'inclusive',
  'format',
];

const VALUES = [
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2014-01-06T00:00:00-12:00',
  'year',
  'week',
  'hour',
  '1',
  '100000',
  '99999999999999999999',
  'nn',
  'dept',
  'toString',
  'nn:sum',
  'dept:median',
  '_id:ascending',
  '_week_start_at:descending',
  '_count:ascending',
  'dept:a',
  'dept:\0',
  'dept:\uD800',
  "dept:' OR 1=1",
  'dept:$ne',
  'nn:1..2',
  '_timestamp:2014-01-06..',
  'dept:2014-01-06..2015-01-06T00:00:00+01:00',
  'nn:-1e99..9999999999999999999999999999999',
  'true',
  'csv',
  'ndjson',
  '',
];

const parameter = fc.tuple(
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...NAMES) }, fc.string()),
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...VALUES) }, fc.string()),
);

for (const engine of ENGINES) {
  engine.describe(`GET /data/{group}/{type} on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    beforeAll(async () => {
      running = await engine.start();
    });
    afterAll(() => running.stop());

    it('answers 200 or 400 to any query, never a 5xx', async () => {
      const { dataSets } = running;
      const metrics = createMetrics('read-api');
      const app = createApp({
        logger: createLogger('read-api', 'silent'),
        metrics,
        healthChecks: [],
        dataSets,
        dataSetsVerifier,
      });
      const { path } = await fillDataSet(dataSets, [
        { _timestamp: '2014-01-06T00:00:00Z', dept: 'a', nn: 1 },
        { dept: null, nn: 'text', toString: true },
      ]);
      await fc.assert(
        propertyWithin(6, fc.array(parameter, { maxLength: 5 }), async (parameters) => {
          const search = new URLSearchParams(parameters);
          const { status } = await request(app).get(`${path}?${search}`);
          expect([200, 400]).toContain(status);
        }),
        { numRuns: 400 },
      );
    });
  });
}
