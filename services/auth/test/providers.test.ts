import {
  createTestOAuthServer,
  createTestProvider,
  type TestOAuthServer,
  type TestProvider,
} from '@flyloft/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createOpenIdProvider } from '../src/providers/openid-connect.ts';
import { createGithubProvider, createGoogleProvider } from '../src/providers/passport.ts';
import type { Provider } from '../src/providers/provider.ts';
import { createBrowser, type TestBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

const APP = 'https://app.example';
const OLD_APP = 'http://old.example';
const TOKEN_SHAPE = /eyJ[\w-]+\.[\w-]+\.[\w-]+|fl_pat_/;

let google: TestOAuthServer;
let github: TestOAuthServer;
let oidc: TestProvider;
let providers: ReadonlyMap<string, Provider>;
let harness: Harness;
let subject = 1000;

const endpointsOf = (server: TestOAuthServer, issuer: string) => ({
  ...{ clientId: server.clientId, clientSecret: server.clientSecret, issuer },
  authorizationUrl: `${server.origin}/authorize`,
  tokenUrl: `${server.origin}/token`,
  profileUrl: `${server.origin}/profile`,
  emailUrl: `${server.origin}/emails`,
});

beforeAll(async () => {
  google = await createTestOAuthServer();
  github = await createTestOAuthServer();
  oidc = await createTestProvider({ redirectUris: [`${ORIGIN}/auth/city/callback`] });
  const { issuer, clientId } = oidc;
  const all = [
    createGoogleProvider(endpointsOf(google, 'https://accounts.google.com')),
    createGithubProvider(endpointsOf(github, 'https://github.com/login/oauth')),
    createOpenIdProvider({ name: 'city', title: 'City', issuer, clientId, clientSecret: undefined }),
  ];
  providers = new Map(all.map((provider) => [provider.name, provider]));
  harness = await openHarness({
    signIn: { providers, allowedNextOrigins: new Set([APP]), compatJwtOrigins: new Set([OLD_APP]) },
  });
});
afterAll(async () => {
  await Promise.all([google.close(), github.close(), oidc.close()]);
  await harness.close();
});
beforeEach(() => {
  subject += 1;
  google.setToken(undefined);
  google.setRefusing(false);
  google.setPerson({
    body: { sub: String(subject), name: 'Ada', email: `ada${subject}@example.org`, email_verified: true },
  });
  github.setPerson(
    { body: { id: subject, login: `ada${subject}`, name: null } },
    { body: [{ email: `ada${subject}@example.org`, primary: true, verified: true }] },
  );
});

/** To the provider and back, as a browser goes; answers what the callback does. */
async function goThrough(browser: TestBrowser, name: string, next?: string) {
  const start = await browser.get(`/auth/${name}/start${next ? `?next=${encodeURIComponent(next)}` : ''}`);
  expect(start.status).toBe(302);
  return browser.get(await backFrom(start.headers.location ?? ''), { 'Sec-Fetch-Site': 'cross-site' });
}

async function backFrom(address: string): Promise<string> {
  const jar = new Map<string, string>();
  for (let url = address, hop = 0; hop < 6; hop += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = new URL(answer.headers.get('location') ?? '', url).href;
    if (location.startsWith(ORIGIN)) return location;
    url = location;
  }
  throw new Error('The provider never led back');
}

const meOf = async (browser: TestBrowser) => (await browser.get('/auth/me')).body;

describe('signing in with a provider', () => {
  it.each(['google', 'github', 'city'])(
    'makes an account at the first sign-in with %s and finds it at the next',
    async (name) => {
      oidc.setPerson({ name: 'City person', email: 'city@example.org', email_verified: true });
      const browser = createBrowser(harness.app);
      const { headers } = await goThrough(browser, name);
      expect(headers.location).toBe('/auth/settings');
      const me = await meOf(browser);
      expect(me.email_verified).toBe(name !== 'city');
      const again = createBrowser(harness.app);
      await goThrough(again, name);
      expect((await meOf(again)).uuid).toBe(me.uuid);
    },
  );

  it('older defect D10: a username stays through every later sign-in, and a name given by the provider never overwrites the own one', async () => {
    const browser = createBrowser(harness.app);
    await goThrough(browser, 'github');
    const { username } = await meOf(browser);
    expect(username).toBe(`ada${subject}`);
    github.setPerson(
      { body: { id: subject, login: 'renamed', name: 'Other' } },
      { body: [{ email: 'x@example.org', primary: true, verified: true }] },
    );
    for (let round = 0; round < 3; round += 1) {
      const again = createBrowser(harness.app);
      await goThrough(again, 'github');
      expect(await meOf(again)).toMatchObject({ username, name: null });
    }
  });

  it("D15: an e-mail address equal to somebody else's never links, verified or not, and does not take their idhash", async () => {
    const victim = createBrowser(harness.app);
    await goThrough(victim, 'google');
    const mine = await meOf(victim);
    for (const verified of [true, false]) {
      subject += 1;
      github.setPerson(
        { body: { id: subject, login: 'attacker' } },
        { body: [{ email: mine.email, primary: true, verified }] },
      );
      const attacker = createBrowser(harness.app);
      await goThrough(attacker, 'github');
      const theirs = await meOf(attacker);
      expect(theirs.uuid).not.toBe(mine.uuid);
      expect(theirs.id).not.toBe(mine.id);
    }
  });

  it("D15: a person keeps the account when the provider's e-mail address changes, and a recycled address finds nobody", async () => {
    const browser = createBrowser(harness.app);
    await goThrough(browser, 'google');
    const before = await meOf(browser);
    google.setPerson({ body: { sub: String(subject), email: 'moved@example.org', email_verified: true } });
    await goThrough(browser, 'google');
    expect(await meOf(browser)).toMatchObject({ uuid: before.uuid, id: before.id, email: before.email });
    google.setPerson({ body: { sub: `recycled-${subject}`, email: before.email, email_verified: true } });
    const other = createBrowser(harness.app);
    await goThrough(other, 'google');
    expect((await meOf(other)).uuid).not.toBe(before.uuid);
  });

  it('takes the best of several e-mail addresses, and does without any', async () => {
    github.setPerson(
      { body: { id: subject, login: 'many', name: null } },
      {
        body: [
          { email: 'a@x.example', primary: true, verified: false },
          { email: `b${subject}@x.example`, primary: false, verified: true },
        ],
      },
    );
    const browser = createBrowser(harness.app);
    await goThrough(browser, 'github');
    expect(await meOf(browser)).toMatchObject({ email: `b${subject}@x.example`, email_verified: true });
    google.setPerson({ body: { sub: `private-${subject}`, name: null } });
    const without = createBrowser(harness.app);
    await goThrough(without, 'google');
    expect(await meOf(without)).toMatchObject({ email: null, email_verified: false, name: null });
  });

  it.each([
    ['an error instead of a profile', () => google.setPerson({ status: 401, body: { error: 'x' } })],
    ['a profile that is null', () => google.setPerson({ body: 'null' })],
    ['a profile without an id', () => google.setPerson({ body: { name: 'Nobody' } })],
    ['something that is no JSON', () => google.setPerson({ body: '<html>' })],
    [
      'an endless profile',
      () => google.setPerson({ body: JSON.stringify({ sub: '1', name: 'x'.repeat(2_000_000) }) }),
    ],
    ['a token that is none', () => google.setToken({ body: 'null' })],
    ['a refusal of the code', () => google.setToken({ status: 400, body: { error: 'invalid_grant' } })],
  ])('502, and no session: %s', async (_what, prepare) => {
    prepare();
    const browser = createBrowser(harness.app);
    const answer = await goThrough(browser, 'google');
    expect([answer.status, answer.headers['content-type']]).toEqual([502, expect.stringContaining('html')]);
    expect(browser.cookies.has('flyloft_session')).toBe(false);
  });

  it.each([[{ message: 'no' }], [[null]], [[{ primary: true }]], ['x']])(
    'no 500 for an odd list of addresses: %j',
    async (emails) => {
      github.setPerson({ body: { id: subject, login: 'odd' } }, { body: emails });
      expect([302, 502]).toContain((await goThrough(createBrowser(harness.app), 'github')).status);
    },
  );

  it('D26: a provider that hangs is a 502 within five seconds', async () => {
    google.setPerson('never');
    const started = Date.now();
    expect((await goThrough(createBrowser(harness.app), 'google')).status).toBe(502);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('leads back without anything when the person says no', async () => {
    google.setRefusing(true);
    const browser = createBrowser(harness.app);
    expect((await goThrough(browser, 'google', `${OLD_APP}/x`)).headers.location).toBe(`${OLD_APP}/x`);
    expect((await goThrough(browser, 'google')).headers.location).toBe('/auth/login?reason=refused');
    expect(browser.cookies.has('flyloft_session')).toBe(false);
  });

  it('403 where only those who have an account may come in', async () => {
    const closed = await openHarness({ signIn: { providers, providerRegistration: false } });
    const { status } = await goThrough(createBrowser(closed.app), 'google');
    await closed.close();
    expect(status).toBe(403);
  });

  it('404 for a provider that is not configured', async () => {
    await request(harness.app).get('/auth/nobody/start').expect(404);
  });
});

describe('the way through a provider', () => {
  const expired = '/auth/error?code=sign_in_expired';
  const begin = async (browser: TestBrowser, name = 'google') =>
    backFrom((await browser.get(`/auth/${name}/start`)).headers.location ?? '');

  it('D11: is bound to one browser, works once, for ten minutes, with its own state', async () => {
    const browser = createBrowser(harness.app);
    const stranger = createBrowser(harness.app);
    await stranger.get('/auth/login');
    const address = await begin(browser);
    for (const victim of [createBrowser(harness.app), stranger]) {
      expect((await victim.get(address)).headers.location).toBe(expired);
      expect(victim.cookies.has('flyloft_session')).toBe(false);
    }
    expect((await browser.get(address.replace(/state=./, 'state=_'))).headers.location).toBe(expired);
    expect((await browser.get(address.replace(/state=[^&]*/, ''))).headers.location).toBe(expired);
    expect((await browser.get(address)).headers.location).toBe('/auth/settings');
    expect((await browser.get(address)).headers.location).toBe(expired);
    const late = await begin(browser);
    const start = harness.clock.now;
    harness.clock.now = new Date(start.getTime() + 601_000);
    expect((await browser.get(late)).headers.location).toBe(expired);
    harness.clock.now = start;
  });

  it('D11: two tabs of one browser do not disturb each other, and of five at once with one answer one signs in', async () => {
    const browser = createBrowser(harness.app);
    const [first, second] = [await begin(browser), await begin(browser)];
    expect((await browser.get(second)).headers.location).toBe('/auth/settings');
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.get(first)));
    expect(answers.filter(({ headers }) => headers.location === '/auth/settings')).toHaveLength(1);
  });

  it('D11: state, verifier and nonce are not in the database as they are', async () => {
    const browser = createBrowser(harness.app);
    const { headers } = await browser.get('/auth/google/start');
    const state = new URL(headers.location ?? '').searchParams.get('state') ?? '';
    const rows = await harness.database.$queryRaw`SELECT t::text FROM auth.login_transactions t`;
    expect(state).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(rows)).not.toContain(state);
  });

  it("D12: an answer at another provider's callback, or that says it is another's, is refused", async () => {
    const browser = createBrowser(harness.app);
    const swapped = (await begin(browser, 'github')).replace('/auth/github/', '/auth/google/');
    expect((await browser.get(swapped)).headers.location).toBe(expired);
    expect((await browser.get(`${await begin(browser)}&iss=https://evil.example`)).status).toBe(400);
    expect(
      (await browser.get(`${await begin(browser)}&iss=https://accounts.google.com`)).headers.location,
    ).toBe('/auth/settings');
    const city = new URL(await begin(browser, 'city'));
    city.searchParams.set('iss', 'https://evil.example');
    expect((await browser.get(city.href)).status).toBe(400);
  });

  it('older defect D5: PKCE is asked for, and a code of another sign-in is worth nothing', async () => {
    const browser = createBrowser(harness.app);
    const [first, second] = [new URL(await begin(browser)), new URL(await begin(browser))];
    second.searchParams.set('code', first.searchParams.get('code') ?? '');
    expect((await browser.get(second.href)).status).toBe(502);
  });

  it('the addresses of older registrations go on working, with the provider taken from our own row', async () => {
    const legacy = await openHarness({
      signIn: { providers, legacyCallback: true, compatJwtOrigins: new Set([OLD_APP]) },
    });
    const browser = createBrowser(legacy.app);
    for (const path of ['/auth/oauth_callback', '/oauth/google_callback']) {
      const { headers } = await browser.get('/auth/google/start');
      const address = await backFrom(headers.location ?? '');
      expect(address).toContain('/auth/oauth_callback?');
      expect((await browser.get(address.replace('/auth/oauth_callback', path))).headers.location).toBe(
        '/auth/settings',
      );
    }
    const { headers } = await browser.get('/auth/github/start');
    const address = (await backFrom(headers.location ?? '')).replace(
      '/auth/oauth_callback',
      '/oauth/google_callback',
    );
    expect((await browser.get(address)).headers.location).toBe(expired);
    await legacy.close();
  });
});

describe('the result of a sign-in', () => {
  const exchange = (code: string, origin?: string) =>
    request(harness.app)
      .post('/auth/exchange')
      .set(origin ? { Origin: origin } : {})
      .send({ code });

  it('D8: is a code for other origins, which works once, for a minute, for its origin', async () => {
    const codeFor = async () => {
      const { headers } = await goThrough(createBrowser(harness.app), 'google', `${APP}/x?a=1#f`);
      const address = new URL(headers.location ?? '');
      expect(address.href).toMatch(/^https:\/\/app\.example\/x\?a=1&code=[\w-]{43}#f$/);
      return address.searchParams.get('code') ?? '';
    };
    const code = await codeFor();
    const answers = await Promise.all(Array.from({ length: 5 }, () => exchange(code, APP)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
    const { body } = answers.find(({ status }) => status === 200) ?? { body: {} };
    const check = await request(harness.app).get('/auth/check').set('auth-token', body.token).expect(200);
    expect(check.body.profile.id).toBe(body.userid);
    expect(body.expires_in).toBe(14 * 86_400);
    expect((await exchange(await codeFor(), 'https://evil.example')).status).toBe(400);
    const late = await codeFor();
    harness.clock.now = new Date(harness.clock.now.getTime() + 61_000);
    expect((await exchange(late)).status).toBe(400);
  });

  it('400, 413, 415, 429: what is no exchange', async () => {
    await exchange('x').expect(400);
    await request(harness.app).post('/auth/exchange').send({}).expect(400);
    await request(harness.app).post('/auth/exchange').type('form').send('code=x').expect(415);
    await request(harness.app)
      .post('/auth/exchange')
      .send({ code: 'x'.repeat(1_100_000) })
      .expect(413);
    const own = await openHarness();
    const send = () => request(own.app).post('/auth/exchange').send({ code: 'x' });
    for (let sent = 0; sent < 60; sent += 1) await send().expect(400);
    expect((await send().expect(429)).headers['retry-after']).toEqual(expect.any(String));
    await own.close();
  });

  it('D8: is in no Location but for origins of old clients, which get ?jwt= in the golden form', async () => {
    const browser = createBrowser(harness.app);
    for (const next of [undefined, '/', '/a?b=c', APP, `${APP}/deep?jwt=old`]) {
      await goThrough(browser, 'google', next);
      await browser.get(`/auth/login${next ? `?next=${encodeURIComponent(next)}` : ''}`);
    }
    expect(browser.locations.length).toBeGreaterThan(12);
    for (const location of browser.locations) expect(location).not.toMatch(TOKEN_SHAPE);
    const { headers } = await goThrough(browser, 'google', `${OLD_APP}/?a=1&a=2&b=&jwt=old#f`);
    const [, token = ''] =
      /^http:\/\/old\.example\/\?a=2&jwt=([\w.-]+)#f$/.exec(headers.location ?? '') ?? [];
    const check = await request(harness.app).get(`/auth/check?jwt=${token}`);
    expect(check.body.authenticated).toBe(true);
  });

  it("D7: a next that is not allowed leads to a fixed page, before anybody is signed in, and stands in no provider's address", async () => {
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      const browser = createBrowser(harness.app);
      const target = encodeURIComponent(next);
      for (const path of ['/auth/google/start', '/auth/login']) {
        expect((await browser.get(`${path}?next=${target}`)).headers.location).toBe(
          '/auth/error?code=next_not_allowed',
        );
      }
      const { body } = await browser.get(`/auth/check?next=${target}`);
      expect(body.providers.google.url).toBe(`${ORIGIN}/auth/error?code=next_not_allowed`);
      const page = await browser.get(`/auth/error?code=next_not_allowed&next=${target}`);
      expect([page.status, page.text.includes('evil')]).toEqual([400, false]);
    }
  });

  it('check names a ready-made address for each provider, which keeps next', async () => {
    const { body } = await request(harness.app)
      .get('/auth/check')
      .query({ next: `${OLD_APP}/a?b=c` });
    const urlOf = (name: string) => `${ORIGIN}/auth/${name}/start?next=http%3A%2F%2Fold.example%2Fa%3Fb%3Dc`;
    expect(body).toEqual({
      authenticated: false,
      providers: {
        google: { url: urlOf('google') },
        github: { url: urlOf('github') },
        city: { url: urlOf('city') },
      },
    });
  });
});

describe('linking', () => {
  const link = async (browser: TestBrowser, name: string) => {
    await browser.get('/auth/settings');
    const { headers } = await browser.submit(`/auth/links/${name}`, {});
    return browser.get(await backFrom(headers.location ?? ''), { 'Sec-Fetch-Site': 'cross-site' });
  };
  const linksOf = async (browser: TestBrowser) =>
    (await browser.get('/auth/links')).body.links.map((one: { provider: string }) => one.provider);

  it('D15: adds a way to sign in while signed in; 409 where it is linked already; the last one cannot go', async () => {
    const browser = createBrowser(harness.app);
    await goThrough(browser, 'google');
    const { uuid } = await meOf(browser);
    expect((await link(browser, 'github')).headers.location).toBe('/auth/settings?done=linked');
    expect(await linksOf(browser)).toEqual(['google', 'github']);
    const other = createBrowser(harness.app);
    await goThrough(other, 'github');
    expect((await meOf(other)).uuid).toBe(uuid);

    google.setPerson({ body: { sub: `second-${subject}`, email: 'x@example.org', email_verified: true } });
    const second = createBrowser(harness.app);
    await goThrough(second, 'google');
    expect((await link(second, 'github')).status).toBe(409);

    const page = await browser.get('/auth/settings');
    expect(page.text).toContain('Remove GitHub');
    const remove = async (provider: string, id: string) => {
      const token = (await browser.get('/auth/me')).headers['x-csrf-token'] ?? '';
      const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      return request(harness.app)
        .delete(`/auth/links/${provider}/${id}`)
        .set({ Cookie: cookie, Origin: ORIGIN, 'X-CSRF-Token': token });
    };
    expect((await remove('github', 'unknown')).status).toBe(404);
    expect((await remove('github', String(subject))).status).toBe(204);
    expect((await remove('google', String(subject))).status).toBe(409);
  });

  it('D15: 409 for an address that the provider has not verified, and a stale sign-in has to sign in again', async () => {
    const browser = createBrowser(harness.app);
    await goThrough(browser, 'google');
    github.setPerson(
      { body: { id: subject, login: 'x' } },
      { body: [{ email: 'u@example.org', primary: true, verified: false }] },
    );
    expect((await link(browser, 'github')).status).toBe(409);
    const start = harness.clock.now;
    harness.clock.now = new Date(start.getTime() + 16 * 60_000);
    await browser.get('/auth/settings');
    expect((await browser.submit('/auth/links/github', {})).headers.location).toBe(
      '/auth/login?reason=again&next=/auth/settings',
    );
    harness.clock.now = start;
  });

  it('D15: of five who link one identity at once, one does', async () => {
    const browsers: TestBrowser[] = [];
    for (let person = 0; person < 5; person += 1) {
      google.setPerson({ body: { sub: `crowd-${subject}-${person}`, email_verified: false } });
      const browser = createBrowser(harness.app);
      await goThrough(browser, 'google');
      browsers.push(browser);
    }
    const answers = await Promise.all(browsers.map((browser) => link(browser, 'github')));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 409, 409, 409, 409]);
  });
});
