import { randomUUID } from 'node:crypto';
import { rateLimitsSchema } from '@flyloft/service-kit';
import { testRedisUrl } from '@flyloft/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import request, { type Response } from 'supertest';
import { createLimits } from '../src/limits/limits.ts';
import { openCounters, sweepCounters } from '../src/postgres/counters.ts';
import { openPool } from '../src/postgres/pool.ts';
import { createSession } from '../src/sessions/session.ts';
import type { SignInOptions } from '../src/sign-in/create-sign-in.ts';
import { createPersonalAccessToken } from '../src/tokens/personal-access-token.ts';
import { createBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

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
async function openReplicas(redisUrl: string | undefined, trustedProxies = 0, signIn: SignInOptions = {}) {
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
      signIn,
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

describe('everything else that is limited, by two replicas that count in a table', () => {
  type App = Awaited<ReturnType<typeof openReplicas>>['apps'][0];
  const grant = (app: App, own: Record<string, string> = {}) =>
    request(app)
      .post('/oidc/token')
      .type('form')
      .send({ grant_type: 'client_credentials', ...own });

  /** Asks the replicas in turn; answers what came, and what each says after that. */
  async function askInTurn(apps: readonly App[], times: number, ask: (app: App) => PromiseLike<Response>) {
    const statuses: number[] = [];
    for (let time = 0; time < times; time += 1) {
      const app = apps[time % apps.length];
      if (app !== undefined) statuses.push((await ask(app)).status);
    }
    const refusals = [];
    for (const app of apps) {
      const { status, headers } = await ask(app);
      refusals.push([status, Number(headers['retry-after']) > 0]);
    }
    return { statuses, refusals };
  }
  const refusedByBoth = [
    [429, true],
    [429, true],
  ];

  it("D20: the token endpoint of single sign-on, each client for itself and none by another one's name", async () => {
    const { apps } = await openReplicas(undefined);
    const as = (client: string) => (app: App) => grant(app).auth(client, 'a wrong secret');
    const { statuses, refusals } = await askInTurn(apps, 3, as('wiki'));
    expect(statuses).not.toContain(429);
    expect(refusals).toEqual(refusedByBoth);
    expect((await as('cloud')(apps[0])).status).toBe(401);
    // without a name in the header they are counted by address
    const byForm = await askInTurn(apps, 3, (app) => grant(app, { client_id: 'x', client_secret: 'y' }));
    expect(byForm.statuses).not.toContain(429);
    expect(byForm.refusals).toEqual(refusedByBoth);
  });

  it('D20: codes that are exchanged and people who are looked up, sixty in a minute from one address', async () => {
    const { apps } = await openReplicas(undefined);
    for (const ask of [
      (app: App) =>
        request(app)
          .post('/auth/exchange')
          .set('Origin', ORIGIN)
          .send({ code: 'x'.repeat(43) }),
      (app: App) => request(app).get('/auth/resolve?username=nobody'),
    ]) {
      const { statuses, refusals } = await askInTurn(apps, 60, ask);
      expect(statuses).not.toContain(429);
      expect(refusals).toEqual(refusedByBoth);
    }
  });

  it('D20: asking for a new password and making accounts, a hundred in an hour from one address, each with a page that says so', async () => {
    const { apps } = await openReplicas(undefined, 0, { selfRegistration: true });
    const browsers = apps.map((app) => createBrowser(app));
    let number = 0;
    const { statuses, refusals } = await askInTurn(apps, 100, async (app) => {
      number += 1;
      const browser = browsers[apps.indexOf(app)] ?? createBrowser(app);
      await browser.get('/auth/recovery');
      return browser.submit('/auth/recovery', { email: `nobody${number}@example.org` });
    });
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(refusals).toEqual(refusedByBoth);
    for (const browser of browsers) {
      await browser.get('/auth/register');
      const account = { email: 'new@example.org', name: 'New', password: 'correct horse battery' };
      const { status, headers, text } = await browser.submit('/auth/register', account);
      expect([status, Number(headers['retry-after']) > 0]).toEqual([429, true]);
      expect(text).toContain('Too many');
    }
  });

  it('D20: letters to one address, five in an hour, whoever asks and from wherever; the page does not tell', async () => {
    const posts: unknown[] = [];
    const { apps } = await openReplicas(undefined, 1, { sendMail: async (post) => void posts.push(post) });
    const pages = new Set<string>();
    for (let time = 0; time < 8; time += 1) {
      const browser = createBrowser(apps[time % 2 ? 0 : 1]);
      await browser.get('/auth/recovery');
      const from = { 'X-Forwarded-For': `192.0.2.${time}` };
      const email = time % 2 ? 'Victim@example.org' : 'victim@example.org';
      pages.add((await browser.submit('/auth/recovery', { email }, from)).text);
    }
    expect(posts).toHaveLength(5);
    expect(pages.size).toBe(1);
  });

  it('D20: letters to prove an address, five in an hour to one and ten in a quarter by one person', async () => {
    const posts: unknown[] = [];
    const { opened, apps } = await openReplicas(undefined, 0, {
      sendMail: async (post) => void posts.push(post),
    });
    const { id } = await opened.database.user.findFirstOrThrow();
    const { token } = await opened.userTokenFor(id);
    const prove = (email: string) => (app: App) =>
      request(app).patch('/auth/me').set('Authorization', `Bearer ${token}`).send({ email });
    const { statuses, refusals } = await askInTurn(apps, 5, prove('victim@example.org'));
    expect(statuses).toEqual(Array(5).fill(200));
    expect(refusals).toEqual(refusedByBoth);
    const others = await askInTurn(apps, 3, (app) => prove(`${randomUUID()}@example.org`)(app));
    expect([others.statuses, others.refusals]).toEqual([[200, 200, 200], refusedByBoth]);
    expect(posts).toHaveLength(8);
  });

  it('D20: guesses at the codes of devices, ten by one person', async () => {
    const { opened, apps } = await openReplicas(undefined);
    const user = await opened.database.user.findFirstOrThrow();
    const { session, cookie } = createSession(opened.clock.now);
    await opened.database.session.create({ data: { ...session, userId: user.id } });
    const guess = async (app: App) => {
      const browser = createBrowser(app);
      browser.cookies.set('flyloft_session', cookie);
      await browser.get('/auth/device');
      return browser.submit('/auth/device', { user_code: 'AAAA-AAAA' });
    };
    const { statuses, refusals } = await askInTurn(apps, 10, guess);
    expect(statuses).not.toContain(429);
    expect(refusals).toEqual(refusedByBoth);
  });

  it('D20: reports, twenty in an hour by one person', async () => {
    const { opened, apps } = await openReplicas(undefined);
    const report = (app: App) =>
      request(app)
        .post('/reports')
        .set('Authorization', `Bearer ${opened.adminToken}`)
        .send({ type: 'user', target: randomUUID(), reason: 'x' });
    const { statuses, refusals } = await askInTurn(apps, 20, report);
    expect(statuses).not.toContain(429);
    expect(refusals).toEqual(refusedByBoth);
  });
});
