import { createPostgresDataSets } from '@flyloft/data-sets';
import { createTestDatabase } from '@flyloft/testing';
import { expect, it } from '@jest/globals';
import request from 'supertest';
import { appWith, ENGINES, fillDataSet, issuer } from './harness.ts';

for (const engine of ENGINES) {
  engine.describe(`GET /_status/data-sets on ${engine.name}`, () => {
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
  });
}

it('200: OPTIONS of the status tells its methods, to no other site', async () => {
  const dataSets = createPostgresDataSets({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
  const app = appWith(dataSets);
  for (const path of ['/_status', '/_status/data-sets']) {
    const { text, headers } = await request(app).options(path).expect(200);
    expect([text, headers['access-control-allow-origin']]).toEqual(['', undefined]);
    expect(String(headers.allow).split(', ').sort()).toEqual(['GET', 'HEAD', 'OPTIONS']);
  }
  await dataSets.close();
});

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
