import { generateKeyPairSync } from 'node:crypto';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { afterAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { signingKeyOf } from '../src/keys/signing-key.ts';
import { createDatabase } from '../src/postgres/database.ts';
import { createKeyAdministration } from '../src/postgres/key-administration.ts';
import { openPool } from '../src/postgres/pool.ts';
import { createStores } from '../src/postgres/stores.ts';
import { createPersonalAccessToken } from '../src/tokens/personal-access-token.ts';

// Nothing listens on port 1: what a service sees while its database is away.
const NOWHERE = 'postgres://nobody@127.0.0.1:1/nothing';
const pool = openPool(NOWHERE);
const database = createDatabase(pool);
const active = await signingKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

const keyRing = { active, jwks: { keys: [] }, reload: async () => undefined };
const noKeys = () => Promise.reject(new Error('no key is made here'));

const app = createApp({
  origin: 'http://127.0.0.1:4000',
  keyRing,
  keys: createKeyAdministration(database, noKeys, keyRing),
  stores: createStores(database, pool),
  allowedServices: [],
  secret: 'only for this test, and for nothing else',
  serviceTokenSeconds: 3_600,
  logger: createLogger('auth', 'silent'),
  metrics: createMetrics('auth'),
  version: '0.0.0',
});

afterAll(async () => {
  await database.$disconnect();
  await pool.end();
});

const { token } = createPersonalAccessToken();

describe('while the database is away', () => {
  it.each(['/auth/check', '/auth/authorize?service=data-sets'])(
    'GET %s answers 503, never "not signed in", and tells nothing of the database',
    async (path) => {
      const answer = await request(app).get(path).set('Authorization', `Bearer ${token}`).expect(503);
      expect(answer.headers['retry-after']).toBe('5');
      expect(answer.body.code).toBe('unavailable');
      expect(answer.text).not.toMatch(/127\.0\.0\.1:1|prisma/i);
    },
  );

  it('is not ready, but alive, and still refuses what needs no database to refuse', async () => {
    await request(app).get('/readyz').expect(503);
    await request(app).get('/livez').expect(200);
    await request(app).get('/auth/check?strict=1').set('Authorization', 'Bearer nonsense').expect(401);
  });
});
