import { randomUUID } from 'node:crypto';
import { rateLimitsSchema } from '@flyloft/service-kit';
import { testRedisUrl } from '@flyloft/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createLimits } from '../src/limits/limits.ts';
import { openCounters, sweepCounters } from '../src/postgres/counters.ts';
import { openPool } from '../src/postgres/pool.ts';
import { createPersonalAccessToken } from '../src/tokens/personal-access-token.ts';
import { createBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';

let harness: Harness | undefined;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await harness?.close();
});

const redisUrl = testRedisUrl();
const PLACES = [
  ['a table', undefined] as const,
  ...(redisUrl === undefined ? [] : [['Redis', redisUrl] as const]),
];

/** Two replicas of auth that have nothing in common but where they count. */
async function openReplicas(redisUrl: string | undefined, trustedProxies = 0) {
  const opened = await openHarness({ trustedProxies });
  harness = opened;
  const replica = async () => {
    const pool = openPool(opened.databaseUrl);
    const counters = await openCounters(pool, redisUrl, () => undefined);
    closers.push(async () => {
      await counters.close();
      await pool.end();
    });
    return opened.openApp({
      limits: createLimits({
        tokenRequests: rateLimitsSchema.parse('3/minute'),
        wrongTokens: rateLimitsSchema.parse('3/minute'),
        counters,
      }),
      counters,
      trustedProxies,
    });
  };
  return { opened, apps: [await replica(), await replica()] as const };
}

describe.each(PLACES)('limits that are counted in %s', (_name, url) => {
  it('D20: hold across replicas for service tokens, each personal access token for itself', async () => {
    const { opened, apps } = await openReplicas(url);
    const [one, other] = apps;
    const ask = (app: typeof one) =>
      request(app)
        .get('/auth/authorize?service=data-sets')
        .set('Authorization', `Bearer ${opened.adminToken}`);
    await ask(one).expect(200);
    await ask(other).expect(200);
    await ask(one).expect(200);
    const refused = await ask(other).expect(429);
    expect(refused.body.code).toBe('too_many_requests');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const { id } = await opened.database.user.findFirstOrThrow();
    const { token } = await opened.userTokenFor(id);
    await request(one)
      .get('/auth/authorize?service=data-sets')
      .set('Authorization', `Bearer ${token}`)
      .expect(200);
  });
});

describe.each(PLACES)('signing in, counted in %s', (_name, url) => {
  it('D20: of twelve wrong passwords that two replicas get at once, ten are tried; both refuse from then on', async () => {
    const { apps } = await openReplicas(url);
    const email = `${randomUUID()}@example.org`;
    const attempt = async (app: (typeof apps)[0]) => {
      const browser = createBrowser(app);
      await browser.get('/auth/login');
      return browser.submit('/auth/login', { email, password: 'wrong wrong wrong' });
    };
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => attempt(apps[at % 2 ? 0 : 1])));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(10).fill(401), 429, 429]);
    for (const app of apps) {
      const refused = await attempt(app);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
  });
});

describe('wrong personal access tokens', () => {
  const wrong = (app: Parameters<typeof request>[0], forwardedFor: string) =>
    request(app)
      .get('/auth/check?strict=1')
      .set('Authorization', `Bearer ${createPersonalAccessToken().token}`)
      .set('X-Forwarded-For', forwardedFor);

  it('D20: are limited by address, and X-Forwarded-For is not believed without a trusted proxy', async () => {
    const { opened, apps } = await openReplicas(undefined);
    const [one, other] = apps;
    await wrong(one, '192.0.2.1').expect(401);
    await wrong(other, '192.0.2.2').expect(401);
    await wrong(one, '192.0.2.3').expect(401);
    await wrong(other, '192.0.2.4').expect(429);
    // a right one from the same address still works
    await request(one)
      .get('/auth/check?strict=1')
      .set('Authorization', `Bearer ${opened.adminToken}`)
      .expect(200);
    await opened.database.rateCounter.updateMany({ data: { expire: 0n } });
    await sweepCounters(opened.database);
    expect(await opened.database.rateCounter.count()).toBe(0);
    await wrong(one, '192.0.2.5').expect(401);
  });

  it('D20: are limited by the address that a trusted proxy names', async () => {
    const { apps } = await openReplicas(undefined, 1);
    for (let time = 0; time < 3; time += 1) await wrong(apps[0], '192.0.2.1').expect(401);
    await wrong(apps[0], '192.0.2.1').expect(429);
    await wrong(apps[0], '192.0.2.2').expect(401);
    // only the last hop is the proxy's own word
    await wrong(apps[0], '192.0.2.9, 192.0.2.1').expect(429);
  });
});
