import type { TestOAuthServer } from '@flyloft/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createBrowser, type TestBrowser } from './browser.ts';
import { type Harness, ORIGIN } from './harness.ts';
import { backFrom, goThrough, meOf, openProviderPlace, type ProviderPlace } from './provider-place.ts';

let place: ProviderPlace;
let google: TestOAuthServer;
let github: TestOAuthServer;
let harness: Harness;
let subject: number;

beforeAll(async () => {
  place = await openProviderPlace();
  ({ google, github, harness } = place);
});
afterAll(() => place.close());
beforeEach(() => {
  subject = place.nextPerson();
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
