import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { generate } from 'otplib';
import request from 'supertest';
import { type AccountPlace, openAccountPlace, PASSWORD, peopleOf } from './account-place.ts';
import { createBrowser } from './browser.ts';
import { type Harness, ORIGIN } from './harness.ts';

let place: AccountPlace;
let harness: Harness;
const { newPerson, signIn, signedIn, later } = peopleOf(() => place);

beforeAll(async () => {
  place = await openAccountPlace();
  ({ harness } = place);
});
afterAll(() => harness.close());
afterEach(() => {
  harness.clock.now = place.start;
});

describe('signing in with a password', () => {
  it('303: opens a session and leads to the settings, or to a next that is allowed', async () => {
    const { browser, email } = await signedIn();
    expect(browser.locations.at(-1)).toBe('/auth/settings');
    const { text } = await browser.get('/auth/settings');
    expect(text).toContain(email);
    expect((await signIn(browser, email, PASSWORD, '/somewhere?x=1')).headers.location).toBe(
      '/somewhere?x=1',
    );
  });

  it('D20: 401: the same answer for a wrong password, an unknown address and an account without password', async () => {
    const { email } = await newPerson();
    const nobody = await newPerson(undefined);
    const pages: string[] = [];
    for (const [address, password] of [
      [email, 'wrong wrong'],
      ['unknown@example.org', 'wrong wrong'],
      [nobody.email, 'wrong wrong'],
    ] as const) {
      const browser = createBrowser(harness.app);
      const answer = await signIn(browser, address, password);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      pages.push(answer.text.replaceAll(address, '').replace(/csrf_token" value="[^"]*"/, ''));
    }
    expect(new Set(pages).size).toBe(1);
  });

  it('D20: 429 with Retry-After after ten wrong passwords of one account, whatever X-Forwarded-For says; others go on', async () => {
    const { email } = await newPerson();
    const other = await newPerson();
    const browser = createBrowser(harness.app);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await signIn(browser, email, 'wrong wrong')).status).toBe(401);
    }
    await browser.get('/auth/login');
    const fields = { email, password: PASSWORD };
    const locked = await browser.submit('/auth/login', fields, { 'X-Forwarded-For': '203.0.113.9' });
    expect([locked.status, Number(locked.headers['retry-after']) > 0]).toEqual([429, true]);
    expect((await signIn(browser, other.email)).status).toBe(303);
  });

  it('D20: right passwords are not counted', async () => {
    const { email } = await newPerson();
    const browser = createBrowser(harness.app);
    for (let attempt = 0; attempt < 12; attempt += 1) expect((await signIn(browser, email)).status).toBe(303);
  });

  it('makes the hash anew when it was made with weaker settings', async () => {
    const { id, email } = await newPerson();
    const weak = await hash(PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    await harness.database.identity.updateMany({ where: { userId: id }, data: { passwordHash: weak } });
    expect((await signIn(createBrowser(harness.app), email)).status).toBe(303);
    const identity = await harness.database.identity.findFirstOrThrow({ where: { userId: id } });
    expect(identity.passwordHash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
  });

  it('400, 415: nothing filled in, and a form that is JSON', async () => {
    const browser = createBrowser(harness.app);
    await browser.get('/auth/login');
    expect((await browser.submit('/auth/login', { email: 'x', password: 'y'.repeat(300) })).status).toBe(400);
    await request(harness.app).post('/auth/login').set('Origin', ORIGIN).send({ email: 'x' }).expect(415);
  });
});

describe('forms', () => {
  it.each([
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sub-domain', { 'Sec-Fetch-Site': 'same-site' }],
  ])('D18: 403 for a form that %s sends', async (_who, headers) => {
    const browser = createBrowser(harness.app);
    await browser.get('/auth/login');
    expect(
      (await browser.submit('/auth/login', { email: 'a@b.c', password: PASSWORD }, headers)).status,
    ).toBe(403);
  });

  it('D18: 403 for a foreign Origin, for none at all, for no token, and for a token of another browser or session', async () => {
    const { browser, email } = await signedIn();
    await browser.get('/auth/settings');
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const post = (headers: Record<string, string>, fields: object) =>
      request(harness.app)
        .post('/auth/settings/profile')
        .set('Cookie', cookie)
        .set(headers)
        .type('form')
        .send(fields);
    const token =
      /name="csrf_token" value="([^"]+)"/.exec((await browser.get('/auth/settings')).text)?.[1] ?? '';
    const other = createBrowser(harness.app);
    const foreign =
      /name="csrf_token" value="([^"]+)"/.exec((await other.get('/auth/login')).text)?.[1] ?? '';
    await post({ Origin: 'https://evil.example' }, { csrf_token: token, name: 'x' }).expect(403);
    await post({ Origin: 'null' }, { csrf_token: token, name: 'x' }).expect(403);
    await post({}, { csrf_token: token, name: 'x' }).expect(403);
    await post({ Origin: ORIGIN }, { name: 'x' }).expect(403);
    await post({ Origin: ORIGIN }, { csrf_token: foreign, name: 'x' }).expect(403);
    await request(harness.app)
      .post('/auth/settings/profile')
      .set({ Cookie: cookie, Origin: ORIGIN, 'Content-Type': 'text/plain' })
      .send(`csrf_token=${token}`)
      .expect(415);
    await post({ Origin: ORIGIN }, { csrf_token: token, name: 'Right' }).expect(303);
    await signIn(browser, email);
    await post({ Origin: ORIGIN }, { csrf_token: token, name: 'Old' }).expect(403);
  });

  it('D19: pages cannot be framed, load nothing from elsewhere and say so', async () => {
    for (const path of ['/auth/login', '/auth/recovery', '/auth/logout', '/auth/register', '/auth/error']) {
      const { headers } = await request(harness.app).get(path);
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://app.example",
      );
      expect(headers).toMatchObject({
        'x-frame-options': 'DENY',
        'referrer-policy': 'same-origin',
        'cache-control': 'no-store',
      });
    }
  });
});

describe('two-step sign-in', () => {
  it('is set up by a code, asked for after the password, takes no code twice, and recovery codes once', async () => {
    const { browser, id, email } = await signedIn();
    await browser.get('/auth/settings');
    const shown = await browser.submit('/auth/settings/second-factor', {});
    const secret = /<code>([A-Z2-7 ]+)<\/code>/.exec(shown.text)?.[1]?.replaceAll(' ', '') ?? '';
    const codeNow = () => generate({ secret, epoch: Math.floor(harness.clock.now.getTime() / 1000) });
    expect((await browser.submit('/auth/settings/second-factor-confirm', { code: '000000' })).status).toBe(
      400,
    );
    const on = await browser.submit('/auth/settings/second-factor-confirm', { code: await codeNow() });
    const recovery = [...on.text.matchAll(/<li>([a-z0-9-]{14})<\/li>/g)].map(([, code = '']) => code);
    expect(recovery).toHaveLength(10);
    const stored = await harness.database.secondFactor.findUniqueOrThrow({ where: { userId: id } });
    expect(Buffer.from(stored.sealedSecret).toString('latin1')).not.toContain(secret);

    const other = createBrowser(harness.app);
    const step = async (code: string) => {
      expect((await signIn(other, email)).headers.location).toBe('/auth/login/code');
      await other.get('/auth/login/code');
      return other.submit('/auth/login/code', { code });
    };
    expect((await other.get('/auth/login/code')).status).toBe(403);
    expect((await step(await codeNow())).status).toBe(401);
    expect(other.cookies.has('flyloft_session')).toBe(false);
    later(1);
    const fresh = await codeNow();
    expect((await step(fresh)).status).toBe(303);
    expect((await step(fresh)).status).toBe(401);
    expect((await step(recovery[0] ?? '')).status).toBe(303);
    expect((await step(recovery[0] ?? '')).status).toBe(401);
    expect((await step((recovery[1] ?? '').toUpperCase())).status).toBe(303);
    expect(await harness.database.recoveryCode.count({ where: { userId: id } })).toBe(8);

    await other.get('/auth/settings');
    await other.submit('/auth/settings/second-factor-remove', {});
    expect((await signIn(createBrowser(harness.app), email)).headers.location).toBe('/auth/settings');
  });

  it('403: the second step cannot be done after five minutes', async () => {
    const { browser, id, email } = await signedIn();
    await browser.get('/auth/settings');
    await browser.submit('/auth/settings/second-factor', {});
    await harness.database.secondFactor.update({
      where: { userId: id },
      data: { confirmedAt: harness.clock.now },
    });
    const other = createBrowser(harness.app);
    await signIn(other, email);
    later(6);
    expect((await other.get('/auth/login/code')).status).toBe(403);
  });
});

describe("the administrator's first link", () => {
  it('leads to setting a password, by which the administrator signs in from then on', async () => {
    const browser = createBrowser(harness.app);
    const { text } = await browser.get(harness.signInUrl);
    expect(text).toContain('You are signed in');
    expect((await browser.submit('/auth/settings/password', { password: PASSWORD })).headers.location).toBe(
      '/auth/settings?done=password',
    );
    expect((await signIn(createBrowser(harness.app), 'admin@localhost')).status).toBe(303);
  });
});
