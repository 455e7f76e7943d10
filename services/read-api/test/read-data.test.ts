import { randomInt } from 'node:crypto';
import { createMongoDataSets, createPostgresDataSets } from '@flyloft/data-sets';
import { createLogger, createMetrics, openRateCounters } from '@flyloft/service-kit';
import { createTestDatabase, describeWith, testMongoUrl, testRedisUrl } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { dataSetsVerifier, ENGINES, fillDataSet, issuer } from './harness.ts';

type DataSets = Parameters<typeof createApp>[0]['dataSets'];

function appWith(dataSets: DataSets) {
  return createApp({
    logger: createLogger('read-api', 'silent'),
    metrics: createMetrics('read-api'),
    healthChecks: [{ name: 'data sets', check: dataSets.check }],
    dataSets,
    dataSetsVerifier,
  });
}

const RECORDS = [
  { _id: 'one', _timestamp: '2014-01-06T00:00:00Z', dept: 'café', nn: 1 },
  { _id: 'two', _timestamp: '2014-01-07T10:00:00.018Z', dept: 'b', nn: 2.5, flag: true },
];
const MONTH = 'period=month&start_at=2014-01-01T00:00:00Z&end_at=2014-03-01T00:00:00Z';

for (const engine of ENGINES) {
  engine.describe(`GET /data/{group}/{type} on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: ReturnType<typeof appWith>;
    let set: { name: string; path: string };

    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
      set = await fillDataSet(running.dataSets, RECORDS);
    });
    afterAll(() => running.stop());

    it('200: sorted keys, two spaces, ASCII, dates with +00:00 and 0 or 6 fraction digits', async () => {
      const answer = await request(app).get(`${set.path}?${MONTH}&collect=nn:sum`).expect(200);
      expect(answer.text).toBe(`{
  "data": [
    {
      "_count": 2,
      "_end_at": "2014-02-01T00:00:00+00:00",
      "_start_at": "2014-01-01T00:00:00+00:00",
      "nn:sum": 3.5
    },
    {
      "_count": 0,
      "_end_at": "2014-03-01T00:00:00+00:00",
      "_start_at": "2014-02-01T00:00:00+00:00",
      "nn:sum": null
    }
  ]
}`);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'max-age=1800, must-revalidate',
        'access-control-allow-origin': '*',
      });
      const raw = await request(app).get(set.path).set('X-Requested-With', 'XMLHttpRequest').expect(200);
      expect(raw.text).toContain('"_timestamp":"2014-01-07T10:00:00.018000+00:00"');
      expect(raw.text).toContain('"dept":"caf\\u00e9"');
      expect(raw.text).not.toContain('\n');
    });

    it('200: by name too, HEAD as well, with a warning and no cache when unpublished', async () => {
      const draft = await fillDataSet(running.dataSets, RECORDS, { published: false });
      const answer = await request(app).get(`/${draft.name}?format=csv`).expect(200);
      expect(answer.body.warning).toMatch(/^Warning: This data-set is unpublished\./);
      expect(answer.headers['cache-control']).toBe('no-cache');
      const head = await request(app).head(set.path).expect(200);
      expect(head.text).toBeUndefined();
      const live = await fillDataSet(running.dataSets, RECORDS, { realtime: true });
      const live200 = await request(app).get(live.path).expect(200);
      expect(live200.headers['cache-control']).toBe('max-age=120, must-revalidate');
    });

    it('200: CSV and NDJSON', async () => {
      const csv = await request(app).get(`${set.path}?group_by=dept&collect=nn:sum&format=csv`).expect(200);
      expect(csv.text).toBe('_count,dept,nn:sum\r\n1,b,2.5\r\n1,café,1\r\n');
      expect(csv.headers).toMatchObject({
        'content-type': 'text/csv',
        'content-disposition': 'attachment; filename=export.csv',
      });
      const raw = await request(app).get(`${set.path}?format=csv`).expect(200);
      expect(raw.text).toContain(',2014-01-06 00:00:00+00:00,');
      expect(raw.text).toContain(',True,');
      const none = await request(app).get(`${set.path}?filter_by=dept:x&format=csv`).expect(200);
      expect(none.text).toBe('');
      const lines = await request(app).get(`${set.path}?group_by=dept&format=ndjson`).buffer(true);
      expect(lines.text).toBe('{"_count":1,"dept":"b"}\n{"_count":1,"dept":"caf\\u00e9"}\n');
    });

    it('200: CSV in which no text is a formula, for browsers and who asks; the text itself for all others', async () => {
      const cells = [
        ['=1+1', "'=1+1"],
        ['+cmd', "'+cmd"],
        ['-2+3', "'-2+3"],
        ['@SUM(A1)', "'@SUM(A1)"],
        ['\t=1', "'\t=1"],
        ['-5', '-5'],
        ['plain', 'plain'],
      ] as const;
      const formulas = await fillDataSet(
        running.dataSets,
        cells.map(([cell], index) => ({ _id: `r${index}`, cell, nn: -1 })),
      );
      const columnsOf = (text: string) =>
        text
          .trimEnd()
          .split('\r\n')
          .slice(1)
          .map((line) => line.split(','));
      const get = async (query: string, accept: string) => {
        const path = `${formulas.path}?format=csv&group_by=cell&collect=nn:sum${query}`;
        const answer = await request(app).get(path).set('Accept', accept).expect(200);
        return columnsOf(answer.text);
      };
      for (const [query, accept, form] of [
        ['', '*/*', 0],
        ['', 'text/html,application/xhtml+xml', 1],
        ['&safe=true', '*/*', 1],
        ['&safe=false', 'text/html', 0],
      ] as const) {
        const rows = await get(query, accept);
        expect(rows.map(([, cell]) => cell).sort()).toEqual(cells.map((cell) => cell[form]).sort());
        expect(rows.every(([, , sum]) => sum === '-1')).toBe(true);
      }
    });

    it('200: NDJSON streams every raw record, also more than one answer holds', async () => {
      const many = await fillDataSet(
        running.dataSets,
        Array.from({ length: 2_500 }, (_, nn) => ({ _id: `r${nn}`, nn })),
      );
      const small = createApp({
        logger: createLogger('read-api', 'silent'),
        metrics: createMetrics('read-api'),
        healthChecks: [],
        dataSets: running.dataSets,
        dataSetsVerifier,
        limits: { rawRecords: 10 },
      });
      const json = await request(small).get(many.path).expect(200);
      expect([json.body.data.length, json.body.truncated]).toEqual([10, true]);
      const lines = await request(small).get(`${many.path}?format=ndjson`).buffer(true).expect(200);
      expect(lines.headers['content-type']).toBe('application/x-ndjson');
      const records = lines.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(records.map(({ nn }) => nn)).toEqual(Array.from({ length: 2_500 }, (_, nn) => nn));
      const page = await request(small).get(`${many.path}?format=ndjson&page=2&page_size=2`).buffer(true);
      expect(page.text.trimEnd().split('\n')).toHaveLength(2);
      const none = await request(small).get(`${many.path}?format=ndjson&filter_by=nn:x`).buffer(true);
      expect([none.status, none.text]).toEqual([200, '']);
      await request(small).head(`${many.path}?format=ndjson`).expect(200);
    });

    it('404: a restricted data set, byte for byte as one that is not there, but for who may read it', async () => {
      const secret = await fillDataSet(running.dataSets, RECORDS, { restricted: true });
      const stranger = issuer.serviceToken({ permissions: { write: true, admin: true } });
      const reader = issuer.serviceToken({ permissions: { 'read-unpublished': true } });
      const elsewhere = issuer.serviceToken({
        service: 'os.datastore',
        permissions: { 'read-unpublished': true },
      });
      for (const method of ['get', 'options', 'head'] as const) {
        for (const path of [secret.path, `/${secret.name}`]) {
          const unknown = await request(app)[method](path === secret.path ? '/data/un/known' : '/unknown');
          for (const authorization of [
            undefined,
            'Bearer x',
            'Basic x',
            `Bearer ${stranger}`,
            `Bearer ${elsewhere}`,
          ]) {
            const sent = request(app)[method](path);
            if (authorization) sent.set('Authorization', authorization);
            const answer = await sent.expect(404);
            expect(answer.text).toBe(unknown.text);
            const varying = ['date', 'x-request-id'];
            const fixed = (headers: object) =>
              Object.entries(headers).filter(([name]) => !varying.includes(name));
            expect(fixed(answer.headers)).toEqual(fixed(unknown.headers));
          }
          const shown = await request(app)[method](path).set('Authorization', `Bearer ${reader}`).expect(200);
          if (method === 'get') expect(shown.headers['cache-control']).toBe('private, no-cache');
        }
      }
    });

    it('200: the status of data sets names those that are too old, restricted ones to readers alone', async () => {
      const alone = await engine.start();
      const own = appWith(alone.dataSets);
      const ask = (token?: string) => {
        const sent = request(own).get('/_status/data-sets').expect(200);
        return token === undefined ? sent : sent.set('Authorization', `Bearer ${token}`);
      };
      const reader = issuer.serviceToken({ permissions: { 'read-unpublished': true } });
      const existing = (await ask(reader)).body.data_sets ?? [];
      const old = { _timestamp: '2014-01-06T00:00:00Z' };
      const stale = await fillDataSet(alone.dataSets, [old], { max_age_expected: 60 });
      await fillDataSet(alone.dataSets, [old], { max_age_expected: null });
      await fillDataSet(alone.dataSets, [{ nn: 1 }], { max_age_expected: 3_600 });
      const hidden = await fillDataSet(alone.dataSets, [old], { restricted: true });
      const names = (body: { data_sets: { name: string }[] }) =>
        body.data_sets
          .map(({ name }) => name)
          .filter((name) => !existing.some((other: { name: string }) => other.name === name));
      const answer = await ask();
      expect(names(answer.body)).toEqual([stale.name]);
      const count = answer.body.data_sets.length;
      expect(answer.body).toMatchObject({
        status: 'not okay',
        message: count === 1 ? '1 data-set is out of date' : `${count} data-sets are out of date`,
      });
      const entry = answer.body.data_sets.find(({ name }: { name: string }) => name === stale.name);
      expect(entry).toMatchObject({
        'last-updated': '2014-01-06T00:00:00+00:00',
        'max-age-expected': 60,
      });
      expect(entry['seconds-out-of-date']).toBeGreaterThan(300_000_000);
      expect(names((await ask(reader)).body).sort()).toEqual([stale.name, hidden.name].sort());
      await alone.stop();
    });

    it('429: past the limit of one client address and one data set, on both forms of address', async () => {
      const limited = createApp({
        logger: createLogger('read-api', 'silent'),
        metrics: createMetrics('read-api'),
        healthChecks: [],
        dataSets: running.dataSets,
        dataSetsVerifier,
        readLimits: [{ requests: 2, seconds: 3_600 }],
      });
      const other = await fillDataSet(running.dataSets, RECORDS);
      const first = await request(limited).get(set.path).expect(200);
      expect(first.headers['ratelimit-remaining']).toBe('1');
      await request(limited).get(`/${set.name}`).expect(200);
      const refused = await request(limited).get(set.path).expect(429);
      expect(refused.body).toMatchObject({ status: 'error', code: 'too_many_requests' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      await request(limited).get(other.path).expect(200);
    });

    it('304: by ETag on both forms, weak or *, even where the answer is a refusal', async () => {
      for (const path of [set.path, `/${set.name}`, `${set.path}?limit=x`, '/data/un/known']) {
        const first = await request(app).get(path);
        const etag = String(first.headers.etag);
        expect(etag).toMatch(/^"[0-9a-f]{40}"$/);
        for (const sent of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
          const again = await request(app).get(path).set('If-None-Match', sent).expect(304);
          expect([again.text, again.headers.etag]).toEqual(['', etag]);
        }
        await request(app).get(path).set('If-None-Match', '"other"').expect(first.status);
      }
    });

    it('304: keeps the headers for caches and other sites; OPTIONS has an ETag, and no answer has ranges', async () => {
      for (const path of [set.path, `/${set.name}`]) {
        const first = await request(app).get(path).expect(200);
        expect(first.headers['accept-ranges']).toBe('none');
        const again = await request(app).get(path).set('If-None-Match', '*').expect(304);
        expect(again.headers).toMatchObject({
          'access-control-allow-origin': '*',
          'cache-control': 'max-age=1800, must-revalidate',
        });
        const options = await request(app).options(path).expect(200);
        expect([options.text, options.headers['content-type']]).toEqual(['', undefined]);
        const etag = String(options.headers.etag);
        expect(etag).toMatch(/^"[0-9a-f]{40}"$/);
        await request(app).options(path).set('If-None-Match', etag).expect(304);
      }
    });

    it('400: with the message of the first rule that fails, and no cache header', async () => {
      const answer = await request(app).get(`${set.path}?period=week&colour=red`).expect(400);
      expect(answer.body).toMatchObject({
        status: 'error',
        message: 'An unrecognised parameter was provided',
      });
      expect(answer.headers['cache-control']).toBeUndefined();
      const sum = await request(app).get(`${set.path}?group_by=nn&collect=dept:sum`).expect(400);
      expect(sum.body.message).toBe('invalid collect function');
      const many = 'period=hour&start_at=1000-01-01T00:00:00Z&end_at=2000-01-01T00:00:00Z';
      const answered = await request(app).get(`${set.path}?${many}`).expect(400);
      expect(answered.body.message).toBe('The query asks for too many periods');
      await request(app).get(`${set.path}?filter_by[$ne]=dept:a`).expect(400);
      await request(app).get(`${set.path}?group_by=constructor`).expect(400);
    });

    it('400: raw records of a data set that allows no raw queries', async () => {
      const closed = await fillDataSet(running.dataSets, RECORDS, { raw_queries_allowed: false });
      const answer = await request(app).get(closed.path).expect(400);
      expect(answer.body.message).toBe('querying for raw data is not allowed');
    });

    it('404: unknown, or not to be queried, for GET and OPTIONS', async () => {
      const hidden = await fillDataSet(running.dataSets, RECORDS, { queryable: false });
      for (const path of [
        hidden.path,
        `/${hidden.name}`,
        '/data/un/known',
        '/unknown',
        '/data/un%00/known',
      ]) {
        const answer = await request(app).get(path).expect(404);
        expect(answer.body).toMatchObject({ status: 'error', message: 'data_set not found' });
        expect(answer.headers['access-control-allow-origin']).toBe('*');
        await request(app).options(path).expect(404);
      }
    });

    it('200: OPTIONS says what another site may send, whatever the query string', async () => {
      const answer = await request(app).options(`${set.path}?nonsense=1`).expect(200);
      expect(answer.text).toBe('');
      expect(answer.headers).toMatchObject({
        'access-control-max-age': '86400',
        'access-control-allow-headers': 'cache-control, govuk-request-id, request-id',
      });
      expect(String(answer.headers.allow).split(', ').sort()).toEqual(['GET', 'HEAD', 'OPTIONS']);
    });

    it('404 and 405: other paths and methods, with CORS; a path ends without a slash', async () => {
      const notFound = await request(app).get(`${set.path}/`).expect(404);
      expect(notFound.body).toMatchObject({ status: 'error', message: 'Not Found' });
      const wrong = await request(app).post(set.path).send({}).expect(405);
      expect(wrong.body).toMatchObject({ status: 'error', message: 'Method Not Allowed' });
      expect(wrong.headers['access-control-allow-origin']).toBe('*');
    });

    it('200: OPTIONS of the status tells its methods, to no other site', async () => {
      for (const path of ['/_status', '/_status/data-sets']) {
        const { text, headers } = await request(app).options(path).expect(200);
        expect([text, headers['access-control-allow-origin']]).toEqual(['', undefined]);
        expect(String(headers.allow).split(', ').sort()).toEqual(['GET', 'HEAD', 'OPTIONS']);
      }
    });

    it('200: _status, ready, and the document of every endpoint', async () => {
      const status = await request(app).get('/_status').expect(200);
      expect(status.body).toEqual({ status: 'ok', message: 'app is up' });
      expect(status.headers['cache-control']).toBe('no-cache');
      await request(app).get('/readyz').expect(200);
      const { body } = await request(app).get('/openapi.json').expect(200);
      expect(Object.keys(body.paths)).toContain('/data/{data_group}/{data_type}');
    });
  });
}

it('200: the status of data sets that are all in date, and of two that are not', async () => {
  const database = await createTestDatabase();
  const dataSets = createPostgresDataSets({ connectionString: database.url });
  try {
    const app = appWith(dataSets);
    const report = () => request(app).get('/_status/data-sets').expect(200);
    await fillDataSet(dataSets, [], { max_age_expected: 0 });
    const inDate = { status: 'ok', data_sets: null, message: 'All data_sets are in date' };
    expect((await report()).body).toEqual(inDate);
    for (const _timestamp of ['2014-01-06T00:00:00Z', '2014-01-07T00:00:00Z']) {
      await fillDataSet(dataSets, [{ _timestamp }], { max_age_expected: 0 });
    }
    const late = await report();
    expect(late.body).toMatchObject({ status: 'not okay', message: '2 data-sets are out of date' });
    expect(late.headers['cache-control']).toBe('no-cache');
  } finally {
    await dataSets.close();
    await database.drop();
  }
});

const redisUrl = testRedisUrl();

describeWith(redisUrl)('read-api in several replicas', () => {
  it('429: past the limit of all replicas together', async () => {
    const database = await createTestDatabase();
    const dataSets = createPostgresDataSets({ connectionString: database.url });
    const readLimits = [{ requests: 2, seconds: 3_600 }];
    const logger = createLogger('read-api', 'silent');
    const replicas = await Promise.all(
      [1, 2].map(async () => {
        const counters = await openRateCounters(readLimits, redisUrl, logger);
        const metrics = createMetrics('read-api');
        const app = createApp({
          ...{ logger, metrics, healthChecks: [], dataSets, dataSetsVerifier, readLimits, counters },
          trustedProxies: 1,
        });
        return { app, close: counters?.close };
      }),
    );
    try {
      // Redis is shared with other tests, and a new database counts its data sets from 1: the client is another one.
      const client = `10.${[1, 2, 3].map(() => randomInt(256)).join('.')}`;
      const { path } = await fillDataSet(dataSets, RECORDS);
      const statuses: number[] = [];
      for (const { app } of [...replicas, ...replicas]) {
        statuses.push((await request(app).get(path).set('X-Forwarded-For', client)).status);
      }
      expect(statuses).toEqual([200, 200, 429, 429]);
    } finally {
      for (const { close } of replicas) await close?.();
      await dataSets.close();
      await database.drop();
    }
  });
});

// Ports that nothing listens on.
const ABSENT = [
  ['PostgreSQL', createPostgresDataSets({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })],
  ['MongoDB', createMongoDataSets({ url: 'mongodb://127.0.0.1:1/none?serverSelectionTimeoutMS=200' })],
] as const;

describe.each(ABSENT)('read-api while %s is down', (_name, dataSets) => {
  afterAll(() => dataSets.close());

  it('503: says so in the form of the original, without an ETag, and lives', async () => {
    const app = appWith(dataSets);
    const answer = await request(app).get('/data/any/set').expect(503);
    expect(answer.body).toMatchObject({ status: 'error', message: 'The database does not answer' });
    expect(answer.headers.etag).toBeUndefined();
    await request(app).get('/_status').expect(200);
  });
});

describeWith(testMongoUrl())('a query of MongoDB that takes longer than it may', () => {
  it('504: with CORS and without the words of the database', async () => {
    const url = testMongoUrl() ?? '';
    const [patient, hasty] = [
      createMongoDataSets({ url }),
      createMongoDataSets({ url, queryTimeoutSeconds: 0.001 }),
    ];
    try {
      const many = Array.from({ length: 20_000 }, (_, nn) => ({ nn, dept: `d${nn}` }));
      const { path } = await fillDataSet(patient, many);
      const answer = await request(appWith(hasty)).get(`${path}?group_by=dept&collect=nn:set`).expect(504);
      expect(answer.body).toEqual({
        status: 'error',
        message: 'The query took too long',
        code: 'query_timeout',
      });
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*' });
    } finally {
      await Promise.all([patient.close(), hasty.close()]);
    }
  });
});

it('504: a query that takes longer than it may, with CORS and without the words of the database', async () => {
  const database = await createTestDatabase();
  const options = { connectionString: database.url };
  const dataSets = createPostgresDataSets({ ...options, queryTimeoutSeconds: 0.2 });
  const blocker = new Client(options);
  try {
    const { name, path } = await fillDataSet(dataSets, RECORDS);
    const id = (await dataSets.catalogue.findByName(name))?.id;
    await blocker.connect();
    // Nobody reads the table until the blocker is gone: any query takes too long.
    await blocker.query('BEGIN');
    await blocker.query(`LOCK TABLE data_sets.records_${id} IN ACCESS EXCLUSIVE MODE`);
    for (const address of [path, `/${name}?${MONTH}`]) {
      const answer = await request(appWith(dataSets)).get(address).expect(504);
      expect(answer.body).toEqual({
        status: 'error',
        message: 'The query took too long',
        code: 'query_timeout',
      });
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*' });
      expect(answer.headers).not.toHaveProperty('etag');
    }
  } finally {
    await blocker.end();
    await dataSets.close();
    await database.drop();
  }
});
