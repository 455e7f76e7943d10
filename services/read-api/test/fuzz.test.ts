import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { fuzzService } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createApp } from '../src/app.ts';
import { dataSetsVerifier, ENGINES, fillDataSet, issuer } from './harness.ts';

const RECORDS: unknown = [
  { _timestamp: '2014-01-06T00:00:00Z', dept: 'a', nn: 1 },
  { _timestamp: '2014-01-14T10:00:00Z', dept: 'b', nn: 2.5 },
  { dept: null, nn: 'text', toString: true },
];

for (const engine of ENGINES) {
  engine.describe(`the OpenAPI document of read-api on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let server: Server;
    beforeAll(async () => {
      running = await engine.start();
      const app = createApp({
        logger: createLogger('read-api', 'silent'),
        metrics: createMetrics('read-api'),
        healthChecks: [],
        dataSets: running.dataSets,
        dataSetsVerifier,
      });
      server = createServer(app);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await running.stop();
    });

    it('is true of every answer, to good, odd and hostile requests alike, and none is a 5xx', async () => {
      const { dataSets } = running;
      const open = await fillDataSet(dataSets, RECORDS);
      const restricted = await fillDataSet(dataSets, RECORDS, { restricted: true, published: false });
      const groups = [open, restricted].map(({ path }) => path.split('/')[2] ?? '');
      const { neverSucceeded } = await fuzzService({
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        parameters: {
          data_group: groups,
          data_type: ['events'],
          data_set_name: [open.name, restricted.name],
          start_at: ['2014-01-06T00:00:00Z', '2014-01-01T00:00:00+01:00'],
          end_at: ['2014-02-03T00:00:00Z'],
          group_by: ['dept', 'nn'],
          collect: ['nn:sum', 'nn:median', 'dept', 'nn:count', 'nn:mean'],
          filter_by: ['dept:a'],
          filter_by_prefix: ['dept:'],
          filter_by_range: ['nn:1..2'],
          filter_by_not: ['dept:b'],
          sort_by: ['_count:descending', 'dept:ascending'],
          format: ['csv', 'ndjson', 'json'],
          'If-None-Match': ['*', '"x"'],
        },
        credentials: [`Bearer ${issuer.serviceToken({ permissions: { 'read-unpublished': true } })}`],
      });
      expect(neverSucceeded).toEqual([]);
    });
  });
}
