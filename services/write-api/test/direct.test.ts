import { gzipSync } from 'node:zlib';
import { createMetrics } from '@flyloft/service-kit';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import request from 'supertest';
import { type App, appWith, createDataSet, ENGINES, issuer } from './harness.ts';

/** Posts reach their handlers past the router; with a query they go through it, which changes nothing else. */
const WAYS = [
  { name: 'directly', query: '' },
  { name: 'through the router', query: '?via=router' },
] as const;

const RECORD = { _timestamp: '2014-01-06T00:00:00Z', visits: 3 };
const MOST_BYTES = 2_000;

interface Sent {
  readonly authorization?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Instead of that of the data set. */
  readonly path?: string;
}

const csv = { 'Content-Type': 'text/csv' };
const gzip = { 'Content-Encoding': 'gzip' };
const again = { 'Idempotency-Key': 'again' };

/** In their order: some answers depend on what came before. */
const REQUESTS: Readonly<Record<string, Sent>> = {
  'a record': {},
  'a list': { body: JSON.stringify([RECORD, { ...RECORD, visits: 4 }]) },
  'an empty list': { body: '[]' },
  'without blanks': { headers: { 'X-Requested-With': 'XMLHttpRequest' } },
  'an id of the request': { headers: { 'X-Request-Id': 'mine-1' } },
  'an id that is not taken': { headers: { 'X-Request-Id': 'not mine' } },
  'a service token': { authorization: `Bearer ${issuer.serviceToken({ permissions: { write: true } })}` },
  'a service token without write': { authorization: `Bearer ${issuer.serviceToken({ permissions: {} })}` },
  'no token': { authorization: '' },
  'another token': { authorization: 'Bearer wrong' },
  'a long token': { authorization: `Bearer ${'w'.repeat(200)}` },
  'another scheme': { authorization: 'bearer wrong' },
  'no such data set': { path: '/data/no/such' },
  'no such name': { path: '/no_such_name' },
  'no name': { path: '/a-b' },
  'capital letters': { path: '/DATA/no/such' },
  'a path with a slash behind': { path: '/data/no/such/' },
  'an encoded path': { path: '/data/no/s%C3%BCch' },
  'a path that cannot be decoded': { path: '/data/no/%FF' },
  nothing: { body: '' },
  'no JSON': { body: '{"a' },
  'no UTF-8': { body: Buffer.from([0x7b, 0xff, 0x7d]) },
  null: { body: 'null' },
  'a number': { body: '1' },
  'keys and values that are not valid': { body: '[{"a":1},{"nn":[1]},{"__proto__":1},{"_x":1},{"_id":""}]' },
  'no date': { body: JSON.stringify({ _timestamp: 'yesterday' }) },
  'another type': { headers: { 'Content-Type': 'text/plain' } },
  'a body that is too large': { body: JSON.stringify({ text: 'x'.repeat(MOST_BYTES) }) },
  gzipped: { headers: gzip, body: gzipSync(JSON.stringify(RECORD)) },
  'not gzipped': { headers: gzip },
  'a table': { headers: csv, body: 'visits,place\n3,here\n' },
  'a ragged table': { headers: csv, body: 'visits,place\n3\n' },
  'a key': { headers: again },
  'the same key': { headers: again },
  'the same key for another body': { headers: again, body: '[]' },
  'a key that is too long': { headers: { 'Idempotency-Key': 'k'.repeat(256) } },
};

/** What every request goes through that is routed; Express's types leave it out. */
const routerOf = (app: App) => app.router as unknown as { handle: (...given: unknown[]) => void };

function startApp(dataSets: Parameters<typeof appWith>[0]) {
  const lines: Record<string, unknown>[] = [];
  const metrics = createMetrics('write-api');
  const logger = pino({ level: 'info' }, { write: (line) => lines.push(JSON.parse(line)) });
  const writeLimits = [{ requests: REQUESTS_OF_A_DATA_SET, seconds: 3_600 }];
  const app = appWith(dataSets, { logger, metrics, maxJsonBytes: MOST_BYTES, writeLimits });
  return { app, lines, metrics, routed: jest.spyOn(routerOf(app), 'handle') };
}

/** One less than are sent: the last is refused. */
const REQUESTS_OF_A_DATA_SET = Object.values(REQUESTS).filter(({ path }) => path === undefined).length;

/** What is different in every answer. */
function comparable({ status, headers, text }: request.Response) {
  const {
    date: _date,
    'x-request-id': id,
    'ratelimit-reset': _reset,
    'retry-after': _after,
    ...others
  } = headers;
  return {
    status,
    text: text.replace(/wait \d+ s/, 'wait'),
    headers: others,
    id: id === 'mine-1' ? id : 'made',
  };
}

const [engine] = ENGINES;
engine?.describe('POST of records', () => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());

  it.each(['group and type', 'name'])(
    'by %s answers, logs and counts alike, directly and through the router',
    async (form) => {
      const outcomes = [];
      for (const { query } of WAYS) {
        const { app, lines, metrics, routed } = startApp(running.dataSets);
        const { group, name, token } = await createDataSet(app);
        routed.mockClear();
        lines.length = 0;
        const usual = form === 'name' ? `/${name}` : `/data/${group}/events`;
        const answers: Record<string, unknown> = {};
        const send = async (label: string, sent: Sent) => {
          const {
            authorization = `Bearer ${token}`,
            headers = {},
            body = JSON.stringify(RECORD),
            path,
          } = sent;
          const asked = request(app)
            .post(`${path ?? usual}${query}`)
            .set({ 'Content-Type': 'application/json', ...headers });
          if (authorization !== '') asked.set('Authorization', authorization);
          answers[label] = comparable(await asked.serialize((raw) => raw).send(body));
        };
        for (const [label, sent] of Object.entries(REQUESTS)) await send(label, sent);
        await send('one too many', {});
        const { values } = (await metrics.registry.getSingleMetric('http_requests_total')?.get()) ?? {
          values: [],
        };
        const text = JSON.stringify({
          answers,
          lines: lines.map(({ time: _time, pid: _pid, duration_ms: _ms, request_id: _id, ...line }) => line),
          counts: values.filter(({ labels }) => labels.route !== '/data-sets'),
        });
        outcomes.push({
          calls: routed.mock.calls.length,
          rest: JSON.parse(text.replaceAll(name, 'NAME').replaceAll(group, 'GROUP')),
        });
      }
      const [direct, router] = outcomes;
      expect(direct?.rest).toEqual(router?.rest);
      expect(direct?.rest.answers).toMatchObject({
        'a record': { status: 200 },
        'a body that is too large': { status: 413 },
        'the same key': { status: 200, headers: { 'idempotency-replayed': 'true' } },
        'one too many': { status: 429 },
      });
      expect(router?.calls).toBe(Object.keys(REQUESTS).length + 1);
      // Only paths that are not plain, and a name that no data set has.
      expect(direct?.calls).toBe(4);
    },
  );
});
