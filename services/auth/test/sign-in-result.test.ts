import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';
import { APP, goThrough, OLD_APP, openProviderPlace, type ProviderPlace } from './provider-place.ts';

const TOKEN_SHAPE = /eyJ[\w-]+\.[\w-]+\.[\w-]+|fl_pat_/;

let place: ProviderPlace;
let harness: Harness;

beforeAll(async () => {
  place = await openProviderPlace();
  ({ harness } = place);
});
afterAll(() => place.close());
beforeEach(() => {
  place.nextPerson();
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
