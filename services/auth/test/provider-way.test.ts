import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createBrowser, type TestBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';
import { backFrom, OLD_APP, openProviderPlace, type ProviderPlace } from './provider-place.ts';

let place: ProviderPlace;
let providers: ProviderPlace['providers'];
let harness: Harness;

beforeAll(async () => {
  place = await openProviderPlace();
  ({ providers, harness } = place);
});
afterAll(() => place.close());
beforeEach(() => {
  place.nextPerson();
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

  it('D11: what is hung onto the answer leads nowhere, and an answer to another nonce or challenge is worth nothing', async () => {
    const browser = createBrowser(harness.app);
    await browser.get(`${await begin(browser)}&next=https://evil.example&jwt=x`);
    expect(browser.locations.at(-1)).not.toContain('evil');
    for (const name of ['nonce', 'code_challenge']) {
      const victim = createBrowser(harness.app);
      const start = new URL((await victim.get('/auth/city/start')).headers.location ?? '');
      expect(start.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      start.searchParams.set(name, 'A'.repeat(43));
      const { status } = await victim.get(await backFrom(start.href));
      expect([name, status < 400, victim.cookies.has('flyloft_session')]).toEqual([name, false, false]);
    }
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

  it('D12: the addresses of older registrations go on working, with the provider taken from our own row', async () => {
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
