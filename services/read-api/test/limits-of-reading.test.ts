import { randomInt } from 'node:crypto';
import { createMongoDataSets, createPostgresDataSets } from '@flyloft/data-sets';
import { createLogger, openRateCounters } from '@flyloft/service-kit';
import { createTestDatabase, describeWith, testMongoUrl, testRedisUrl } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import request from 'supertest';
import { appWith, ENGINES, fillDataSet, MONTH, RECORDS } from './harness.ts';

for (const engine of ENGINES) {
  engine.describe(`limits of reading on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let set: { name: string; path: string };

    beforeAll(async () => {
      running = await engine.start();
      set = await fillDataSet(running.dataSets, RECORDS);
    });
    afterAll(() => running.stop());

    it('429: past the limit of one client address and one data set, on both forms of address', async () => {
      const limited = appWith(running.dataSets, { readLimits: [{ requests: 2, seconds: 3_600 }] });
      const other = await fillDataSet(running.dataSets, RECORDS);
      const first = await request(limited).get(set.path).expect(200);
      expect(first.headers['ratelimit-remaining']).toBe('1');
      await request(limited).get(`/${set.name}`).expect(200);
      const refused = await request(limited).get(set.path).expect(429);
      expect(refused.body).toMatchObject({ status: 'error', code: 'too_many_requests' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      await request(limited).get(other.path).expect(200);
    });
  });
}

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
        const options = { readLimits, trustedProxies: 1, ...(counters && { counters }) };
        const app = appWith(dataSets, options);
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
