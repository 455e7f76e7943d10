import { randomInt } from 'node:crypto';
import { createPostgresDataSets } from '@flyloft/data-sets';
import { createLogger, openRateCounters } from '@flyloft/service-kit';
import { createTestDatabase, describeWith, testRedisUrl } from '@flyloft/testing';
import { expect, it } from '@jest/globals';
import request from 'supertest';
import { appWith, createDataSet } from './harness.ts';

const redisUrl = testRedisUrl();

describeWith(redisUrl)('write-api in several replicas', () => {
  it('429: past the limit of all replicas together', async () => {
    const database = await createTestDatabase();
    const dataSets = createPostgresDataSets({ connectionString: database.url });
    const writeLimits = [{ requests: 2, seconds: 3_600 }];
    const logger = createLogger('write-api', 'silent');
    const counters = await Promise.all([1, 2].map(() => openRateCounters(writeLimits, redisUrl, logger)));
    try {
      const replicas = counters.map((own) =>
        appWith(dataSets, { writeLimits, counters: own, trustedProxies: 1 }),
      );
      const { path, token } = await createDataSet(appWith(dataSets));
      // Redis is shared with other tests, and a new database counts its data sets from 1: the client is another one.
      const client = `10.${[1, 2, 3].map(() => randomInt(256)).join('.')}`;
      const statuses: number[] = [];
      for (const replica of [...replicas, ...replicas]) {
        const sent = request(replica).post(path).set('Authorization', `Bearer ${token}`);
        statuses.push((await sent.set('X-Forwarded-For', client).send({ nn: 1 })).status);
      }
      expect(statuses).toEqual([200, 200, 429, 429]);
    } finally {
      for (const own of counters) await own?.close();
      await dataSets.close();
      await database.drop();
    }
  });
});
