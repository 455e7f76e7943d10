import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fuzzService } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type CubeBench, OWNER, openCubeBench } from './cube-bench.ts';

let bench: CubeBench;
let server: Server;

beforeAll(async () => {
  bench = await openCubeBench();
  const data = 'region,day,amount,ok\nnorth,2014-01-01,1.50,true\n"=s, o",2014-02-01,2.25,false\n,,,\n';
  await bench.publish('open', { data });
  await bench.setPrivate('open', false);
  await bench.publish('closed', { data });
  server = createServer(bench.makeApp()).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await bench.close();
});

it('the OpenAPI document of cubes is true of every answer, to good, odd and hostile questions alike, and none is a 5xx', async () => {
  const { neverSucceeded } = await fuzzService({
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parameters: {
      id: [`${OWNER}:open`, `${OWNER}:closed`],
      ref: ['region', 'day', 'region.region', 'ok'],
      drilldown: ['region', 'day|ok', 'region.region|region'],
      aggregates: ['amount.sum', '_count|amount.avg', 'amount.max'],
      fields: ['region', 'amount,day'],
      cut: [
        'region:north',
        'amount:[1..2.12345]|day!:2014-01-01',
        'region:null()',
        'ok:true',
        'amount:1e400',
        'day:[..2014-01-15]',
      ],
      order: ['region', 'amount.sum:desc', 'amount', 'day:desc,region'],
      page: ['1', '2', '999999999999999'],
      pagesize: ['0', '3', '10000', '-1'],
      format: ['json', 'csv', 'ndjson'],
      q: ['N', '%'],
      safe: ['1', '0'],
      summary: ['false', 'true'],
      count: ['false'],
      explain: ['true', 'false'],
    },
    credentials: [`Bearer ${bench.issuer.serviceToken({ userid: OWNER, service: 'os.datastore' })}`],
  });
  expect(neverSucceeded.filter((operation) => operation.includes('/api/3'))).toEqual([]);
});
