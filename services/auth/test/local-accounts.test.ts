import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { generate } from 'otplib';
import request from 'supertest';
import type { Letter } from '../src/mail/mailer.ts';
import { createBrowser, type TestBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

const PASSWORD = 'correct horse battery';
const mail: Letter[] = [];
let harness: Harness;
let start: Date;
let number = 0;

beforeAll(async () => {
  harness = await openHarness({
    signIn: {
      selfRegistration: true,
      sendMail: (letter) => mail.push(letter),
      allowedNextOrigins: new Set(['https://app.example']),
    },
  });
  start = harness.clock.now;
});
afterAll(() => harness.close());
afterEach(() => {
  harness.clock.now = start;
});

async function newPerson(
  password: string | undefined = PASSWORD,
): Promise<{ id: string; email: string; recovery: string }> {
  number += 1;
  const email = `person${number}@example.org`;
  const { body } = await request(harness.app)
    .post('/admin/users')
    .set('Authorization', `Bearer ${harness.adminToken}`)
    .send({ email, ...(password ? { password } : {}) })
    .expect(201);
  return { id: body.id, email, recovery: body.recovery_url };
}

async function signIn(browser: TestBrowser, email: string, password = PASSWORD, next?: string) {
  await browser.get(`/auth/login?reason=again${next ? `&next=${encodeURIComponent(next)}` : ''}`);
  return browser.submit('/auth/login', { email, password });
}

async function signedIn(): Promise<{ browser: TestBrowser; id: string; email: string }> {
  const { id, email } = await newPerson();
  const browser = createBrowser(harness.app);
  expect((await signIn(browser, email)).status).toBe(303);
  return { browser, id, email };
}

const later = (minutes: number) => {
  harness.clock.now = new Date(harness.clock.now.getTime() + minutes * 60_000);
};
const linkIn = (letter: Letter | undefined) =>
  /https?:\S+/g.exec(letter?.text.split('\n').find((line) => line.startsWith('http')) ?? '')?.[0] ?? '';

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

  it('401: the same answer for a wrong password, an unknown address and an account without password', async () => {
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

describe('sessions', () => {
  it('D16: a new sign-in has a new cookie, the old one is dead, and a cookie that was set before is never taken', async () => {
    const { email } = await newPerson();
    const browser = createBrowser(harness.app);
    browser.cookies.set('flyloft_session', 'chosen-by-an-attacker');
    await signIn(browser, email);
    const first = browser.cookies.get('flyloft_session') ?? '';
    expect(first).toMatch(/^[\w-]{43}$/);
    await signIn(browser, email);
    expect(browser.cookies.get('flyloft_session')).not.toBe(first);
    const check = (cookie: string) =>
      request(harness.app).get('/auth/check').set('Cookie', `flyloft_session=${cookie}`);
    expect((await check(first)).body.authenticated).toBe(false);
    expect((await check(browser.cookies.get('flyloft_session') ?? '')).body.authenticated).toBe(true);
  });

  it('D16: a session ends after twelve hours unused, and after fourteen days in any case', async () => {
    const idle = await signedIn();
    const busy = await signedIn();
    const status = async ({ browser }: typeof idle) => (await browser.get('/auth/settings')).status;
    later(11 * 60);
    expect([await status(idle), await status(busy)]).toEqual([200, 200]);
    later(11 * 60);
    expect(await status(busy)).toBe(200);
    later(2 * 60);
    expect([await status(idle), await status(busy)]).toEqual([302, 200]);
    for (let hours = 24; hours < 14 * 24 - 8; hours += 8) {
      later(8 * 60);
      expect(await status(busy)).toBe(200);
    }
    later(8 * 60);
    expect(await status(busy)).toBe(302);
  });

  it('D17: signing out is a form; GET ends nothing; afterwards cookie and user token are dead', async () => {
    const { browser, id } = await signedIn();
    const cookie = browser.cookies.get('flyloft_session') ?? '';
    const { id: sid } = await harness.database.session.findFirstOrThrow({
      where: { userId: id, revokedAt: null },
    });
    expect((await browser.get('/auth/logout')).text).toContain('action="/auth/logout"');
    const check = () => request(harness.app).get('/auth/check').set('Cookie', `flyloft_session=${cookie}`);
    expect((await check()).body.authenticated).toBe(true);
    expect((await browser.submit('/auth/logout', {})).headers.location).toBe('/auth/login?reason=signed-out');
    expect((await check()).body.authenticated).toBe(false);
    expect(
      (await harness.database.session.findUniqueOrThrow({ where: { id: sid } })).revokedAt,
    ).not.toBeNull();
  });

  it('D17: the settings list sessions and end one or all others, of the own person alone, after a fresh sign-in', async () => {
    const { browser, id, email } = await signedIn();
    const second = createBrowser(harness.app);
    await signIn(second, email);
    const stranger = await signedIn();
    const { id: foreign } = await harness.database.session.findFirstOrThrow({
      where: { userId: stranger.id },
    });
    await browser.get('/auth/settings');
    await browser.submit('/auth/settings/end-session', { session: foreign });
    expect(
      (await harness.database.session.findUniqueOrThrow({ where: { id: foreign } })).revokedAt,
    ).toBeNull();
    await browser.get('/auth/settings');
    await browser.submit('/auth/settings/end-session', {});
    expect((await second.get('/auth/settings')).status).toBe(302);
    later(20);
    await browser.get('/auth/settings');
    const { headers } = await browser.submit('/auth/settings/password', { password: 'another password' });
    expect(headers.location).toBe('/auth/login?reason=again&next=/auth/settings');
    expect(await harness.database.session.count({ where: { userId: id, revokedAt: null } })).toBe(1);
  });
});

describe('recovery', () => {
  it("410, 303: an administrator's link sets a password once and ends every session", async () => {
    const { email, recovery } = await newPerson(undefined);
    const browser = createBrowser(harness.app);
    expect((await browser.get(recovery)).status).toBe(200);
    expect((await browser.submit('/auth/recovery', { password: 'short' })).status).toBe(400);
    expect((await browser.submit('/auth/recovery', { password: PASSWORD })).status).toBe(303);
    expect((await browser.get(recovery)).status).toBe(410);
    expect((await signIn(browser, email)).status).toBe(303);
  });

  it('D20: the same page for an address with an account and without; only the first gets mail, which proves the address', async () => {
    const { id, email } = await newPerson();
    const browser = createBrowser(harness.app);
    mail.length = 0;
    const pages: string[] = [];
    for (const address of [email, 'unknown@example.org']) {
      await browser.get('/auth/recovery');
      pages.push((await browser.submit('/auth/recovery', { email: address })).text);
    }
    expect(pages[0]).toBe(pages[1]);
    expect(mail.map(({ to }) => to)).toEqual([email]);
    await browser.get(linkIn(mail[0]));
    expect((await browser.submit('/auth/recovery', { password: 'a new password' })).status).toBe(303);
    expect((await signIn(browser, email, 'a new password')).status).toBe(303);
    expect((await harness.database.user.findUniqueOrThrow({ where: { id } })).emailVerified).toBe(true);
  });

  it('of five at once with one link, one sets the password', async () => {
    const { recovery } = await newPerson(undefined);
    const browsers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const browser = createBrowser(harness.app);
        await browser.get(recovery);
        return browser;
      }),
    );
    const answers = await Promise.all(
      browsers.map((browser) => browser.submit('/auth/recovery', { password: PASSWORD })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 410, 410, 410, 410]);
  });

  it('201, 403, 404: POST /admin/users/:id/recovery makes a link for a person, for administrators alone', async () => {
    const { id } = await newPerson();
    const post = (target: string, token = harness.adminToken) =>
      request(harness.app).post(`/admin/users/${target}/recovery`).set('Authorization', `Bearer ${token}`);
    const { body } = await post(id).expect(201);
    expect(body.recovery_url).toMatch(/\/auth\/recovery\?link=[\w-]{43}$/);
    await post('00000000-0000-4000-8000-000000000000').expect(404);
    const { token } = await harness.userTokenFor(id);
    await post(id, token).expect(403);
    await post(id, 'nonsense').expect(401);
  });
});

describe('making an account', () => {
  it('D20: tells nobody whether the address was free; the mail proves it, and makes no idhash of an address before that', async () => {
    const browser = createBrowser(harness.app);
    mail.length = 0;
    const register = async (email: string) => {
      await browser.get('/auth/register');
      return browser.submit('/auth/register', { email, name: 'New', password: PASSWORD });
    };
    const first = await register('New@Example.org');
    const second = await register('new@example.org');
    expect([first.status, first.headers.location]).toEqual([second.status, second.headers.location]);
    expect(mail).toHaveLength(1);
    const user = await harness.database.user.findFirstOrThrow({ where: { email: 'New@Example.org' } });
    expect(user.idhash).not.toBe(createHash('md5').update('new@example.org').digest('hex'));
    const link = linkIn(mail[0]);
    await browser.get(link);
    expect((await harness.database.user.findUniqueOrThrow({ where: { id: user.id } })).emailVerified).toBe(
      false,
    );
    expect((await browser.submit('/auth/verify', {})).status).toBe(200);
    expect((await harness.database.user.findUniqueOrThrow({ where: { id: user.id } })).emailVerified).toBe(
      true,
    );
    expect((await browser.get(link)).status).toBe(410);
    expect((await signIn(browser, 'new@example.org')).status).toBe(303);
  });

  it('400: says what is wrong beside each field', async () => {
    const browser = createBrowser(harness.app);
    await browser.get('/auth/register');
    const { status, text } = await browser.submit('/auth/register', {
      email: 'none',
      name: '',
      password: 'short',
    });
    expect(status).toBe(400);
    expect(text.match(/aria-invalid="true"/g)).toHaveLength(2);
  });

  it('404 where people may not', async () => {
    const closed = await openHarness();
    await request(closed.app).get('/auth/register').expect(404);
    await closed.close();
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
