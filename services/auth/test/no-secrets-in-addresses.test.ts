import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createLogger } from '@flyloft/service-kit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'otplib';
import request from 'supertest';
import type { Letter } from '../src/mail/mailer.ts';
import { createBrowser, type TestBrowser } from './browser.ts';
import type { Harness } from './harness.ts';
import {
  APP,
  backFrom,
  goThrough,
  OLD_APP,
  openProviderPlace,
  type ProviderPlace,
} from './provider-place.ts';

// Walks every flow that redirects and collects what leaves auth by the way: addresses, cookies, log lines.

const PASSWORD = 'correct horse battery';
const EVIL = 'https://evil.example/x';
const TOKEN_SHAPES = [/eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/, /fl_pat_/, /\$argon2/];
const SESSION_COOKIE = 'flyloft_session';

const locations: string[] = [];
const cookies: string[] = [];
const logLines: string[] = [];
const mail: Letter[] = [];
/** What nobody but its owner may see, by what it is. */
const secrets = new Map<string, string>();

let place: ProviderPlace;
let harness: Harness;
let app: RequestListener;

const keep = (what: string, secret: string | undefined) => {
  if (!secret) throw new Error(`The walk met no ${what}`);
  secrets.set(`${what} ${secrets.size}`, secret);
  return secret;
};

/** A browser whose session ids are secrets. */
function newBrowser(): TestBrowser {
  const browser = createBrowser(app);
  const keepCookies = () => {
    const id = browser.cookies.get(SESSION_COOKIE);
    if (id) keep('session id', id);
  };
  return {
    ...browser,
    get: (...sent) => browser.get(...sent).finally(keepCookies),
    submit: (...sent) => browser.submit(...sent).finally(keepCookies),
  };
}

const linkIn = (text: string | undefined) => /https?:\S+link=\S+/.exec(text ?? '')?.[0] ?? '';
const keepLink = (what: string, url: string) => {
  keep(what, new URL(url).searchParams.get('link') ?? undefined);
  return url;
};
const asAdministrator = (path: string, body: object) =>
  request(app).post(path).set('Authorization', `Bearer ${harness.adminToken}`).send(body);
const signIn = async (browser: TestBrowser, email: string, password = PASSWORD, next?: string) => {
  await browser.get(`/auth/login?reason=again${next ? `&next=${encodeURIComponent(next)}` : ''}`);
  return browser.submit('/auth/login', { email, password });
};

async function withProviders(): Promise<void> {
  for (const name of ['google', 'github', 'city']) {
    for (const next of [undefined, '/', '/a?b=c', APP, `${APP}/deep?a=1#f`]) {
      const browser = newBrowser();
      await goThrough(browser, name, next);
      // signed in already
      await browser.get(`/auth/login${next ? `?next=${encodeURIComponent(next)}` : ''}`);
    }
  }
  place.google.setRefusing(true);
  for (const next of [undefined, `${APP}/x`, `${OLD_APP}/x`]) await goThrough(newBrowser(), 'google', next);
  place.google.setRefusing(false);
  for (const path of ['/auth/google/start', '/auth/login', '/auth/register']) {
    await newBrowser().get(`${path}?next=${encodeURIComponent(EVIL)}`);
  }
  const { headers } = await newBrowser().get('/auth/google/start');
  // in a browser that it does not belong to
  await newBrowser().get(await backFrom(headers.location ?? ''));
  place.google.setToken({ status: 400, body: { error: 'invalid_grant' } });
  await goThrough(newBrowser(), 'google', APP);
  place.google.setToken(undefined);
}

async function withTokens(): Promise<void> {
  const { headers } = await goThrough(newBrowser(), 'google', `${APP}/x`);
  const code = keep('code', new URL(headers.location ?? '').searchParams.get('code') ?? undefined);
  const exchanged = await request(app).post('/auth/exchange').set('Origin', APP).send({ code });
  const token = keep('user token', exchanged.body.token);
  await request(app).get('/auth/check').query({ jwt: token, next: APP }).expect(200);
  const authorized = await request(app)
    .get('/auth/authorize')
    .query({ jwt: token, service: 'data-sets' })
    .expect(200);
  keep('service token', authorized.body.token);
  await request(app).get('/auth/me').query({ jwt: token }).expect(401);
  keep('personal access token', harness.adminToken);
  const { body } = await asAdministrator('/auth/tokens', { name: 'x', scopes: ['profile'] }).expect(201);
  await request(app)
    .get('/auth/me')
    .set('Authorization', `Bearer ${keep('personal access token', body.token)}`)
    .expect(200);
}

async function withPasswords(): Promise<void> {
  keep('password', PASSWORD);
  keep('wrong password', 'a wrong password');
  const email = 'person@example.org';
  const { body } = await asAdministrator('/admin/users', { email }).expect(201);
  const browser = newBrowser();
  await browser.get(keepLink('recovery link', body.recovery_url));
  await browser.submit('/auth/recovery', { password: PASSWORD });
  await browser.get(body.recovery_url);
  await signIn(browser, email, 'a wrong password', APP);
  await signIn(browser, email, PASSWORD, APP);
  await signIn(browser, email);
  await browser.get('/auth/recovery');
  await browser.submit('/auth/recovery', { email });
  await browser.get(keepLink('mailed recovery link', linkIn(mail.at(-1)?.text)));
  await browser.submit('/auth/recovery', { password: PASSWORD });
  await signIn(browser, email);
  await withSecondFactor(browser, email);
  await browser.get('/auth/settings');
  await browser.submit('/auth/settings/delete', { username: body.username });
}

async function withSecondFactor(browser: TestBrowser, email: string): Promise<void> {
  await browser.get('/auth/settings');
  const { text } = await browser.submit('/auth/settings/second-factor', {});
  const secret = keep(
    'key of the second factor',
    /<code>([A-Z2-7 ]+)<\/code>/.exec(text)?.[1]?.replaceAll(' ', ''),
  );
  const epoch = Math.floor(harness.clock.now.getTime() / 1000);
  const on = await browser.submit('/auth/settings/second-factor-confirm', {
    code: await generate({ secret, epoch }),
  });
  const code = keep('recovery code', /<li>([a-z0-9-]{14})<\/li>/.exec(on.text)?.[1]);
  await signIn(browser, email, PASSWORD, APP);
  keep('second step', browser.cookies.get('flyloft_second_step'));
  await browser.get('/auth/login/code');
  await browser.submit('/auth/login/code', { code: 'aaaa-bbbb-cccc' });
  await browser.submit('/auth/login/code', { code });
}

async function withLinks(): Promise<void> {
  const first = newBrowser();
  await first.get(keepLink('first link', harness.signInUrl));
  await first.submit('/auth/settings/password', { password: PASSWORD });
  await first.get(harness.signInUrl);
  const browser = newBrowser();
  await browser.get('/auth/register');
  await browser.submit('/auth/register', { email: 'new@example.org', name: 'New', password: PASSWORD });
  await browser.get(keepLink('verification link', linkIn(mail.at(-1)?.text)));
  await browser.submit('/auth/verify', {});
  await signIn(newBrowser(), 'new@example.org');
  await signIn(browser, 'new@example.org');
  await browser.get('/auth/settings');
  place.github.setPerson(
    { body: { id: 77, login: 'linked', name: null } },
    { body: [{ email: 'linked@example.org', primary: true, verified: true }] },
  );
  const { headers } = await browser.submit('/auth/links/github', {});
  await browser.get(await backFrom(headers.location ?? ''), { 'Sec-Fetch-Site': 'cross-site' });
  await browser.get('/auth/settings');
  await browser.submit('/auth/settings/unlink', { provider: 'github', subject: '77' });
  await browser.get('/auth/settings');
  await browser.submit('/auth/settings/end-other-sessions', {});
  harness.clock.now = new Date(harness.clock.now.getTime() + 20 * 60_000);
  await browser.get('/auth/settings');
  // a sign-in of long ago has to sign in again
  await browser.submit('/auth/settings/password', { password: PASSWORD });
  await browser.get('/auth/logout');
  await browser.submit('/auth/logout', {});
  await browser.get('/auth/settings');
}

beforeAll(async () => {
  place = await openProviderPlace({
    logger: createLogger('auth', 'trace', { write: (line) => logLines.push(line) }),
    signIn: { selfRegistration: true, sendMail: async (letter) => void mail.push(letter) },
  });
  harness = place.harness;
  place.nextPerson();
  keep('client secret', place.google.clientSecret);
  app = (req, res) => {
    res.once('finish', () => {
      const location = res.getHeader('location');
      if (location !== undefined) locations.push(String(location));
      cookies.push(...[res.getHeader('set-cookie') ?? []].flat().map(String));
    });
    harness.app(req, res);
  };
  await withProviders();
  await withTokens();
  await withPasswords();
  await withLinks();
});

afterAll(() => place.close());

/** What a text gives away. */
const givenAway = (text: string, known = secrets) => [
  ...TOKEN_SHAPES.filter((shape) => shape.test(text)).map(String),
  ...[...known].filter(([, secret]) => text.includes(secret)).map(([what]) => what),
];
/** Without the code that a sign-in leads back to an allowed origin with: once, for a minute. */
const withoutCode = (location: string) =>
  location.replace(/^(https:\/\/app\.example(?:\/[^?]*)?\?(?:.*&)?code=)[\w-]{43}(?=#|$)/, '$1');

describe('the walk through everything that redirects', () => {
  it('goes everywhere', () => {
    const seen = (start: string) => locations.filter((location) => location.startsWith(start)).length;
    expect(seen(place.google.origin)).toBeGreaterThan(8);
    expect(seen(place.github.origin)).toBeGreaterThan(5);
    expect(seen(place.oidc.issuer)).toBe(5);
    expect(seen(APP)).toBeGreaterThan(12);
    expect(seen(`${OLD_APP}/x`)).toBe(1);
    for (const address of [
      '/',
      '/a?b=c',
      '/auth/settings',
      '/auth/settings?done=linked',
      '/auth/settings?done=unlink',
      '/auth/settings?done=password',
      '/auth/settings?done=end-other-sessions',
      '/auth/login/code',
      '/auth/login?reason=refused',
      '/auth/login?reason=again&next=/auth/settings',
      '/auth/login?reason=password-set',
      '/auth/login?reason=registered',
      '/auth/login?reason=signed-out',
      '/auth/error?code=next_not_allowed',
      '/auth/error?code=sign_in_expired',
    ]) {
      expect(locations).toContain(address);
    }
    expect(logLines.length).toBeGreaterThan(100);
    expect(logLines.join('')).toContain('"path":"/auth/recovery"');
  });

  it('D8: no Location carries a token, a session id, a password, a link or a secret', () => {
    for (const location of locations) {
      const address = withoutCode(location);
      expect([address, givenAway(address)]).toEqual([address, []]);
      expect(address).not.toMatch(
        /[?&#](?:jwt|token|access_token|id_token|password|link|session|sid|code_verifier)=./,
      );
    }
  });

  it('D8: no code stands in an address but of the origin that the sign-in was for', () => {
    const withCode = locations.filter((location) => /[?&]code=[\w-]{43}/.test(location));
    expect(withCode.length).toBeGreaterThan(12);
    for (const location of withCode) expect(new URL(location).origin).toBe(APP);
  });

  it("D8: no provider's address carries the PKCE verifier, the client secret or where the person goes next", () => {
    const outward = locations.filter((location) => location.startsWith('http://127.0.0.1'));
    for (const location of outward) {
      const { searchParams } = new URL(location);
      expect(searchParams.get('code_challenge_method')).toBe('S256');
      const challenge = searchParams.get('code_challenge');
      for (const [, value] of searchParams) {
        expect(createHash('sha256').update(value).digest('base64url')).not.toBe(challenge);
        expect(value).not.toMatch(/app\.example|old\.example|evil\.example/);
      }
    }
  });

  it('D8: no cookie carries anything but its own secret', () => {
    const others = cookies.filter((line) => !line.startsWith(`${SESSION_COOKIE}=`));
    expect(others.length).toBeGreaterThan(10);
    const known = new Map([...secrets].filter(([what]) => !what.startsWith('second step')));
    for (const line of others) expect([line, givenAway(line, known)]).toEqual([line, []]);
  });

  it('D8 D16 D25: no log line carries a secret, at the most talkative level', () => {
    const lines = [...new Set(logLines)];
    for (const line of lines) expect([line, givenAway(line)]).toEqual([line, []]);
  });
});

describe('a token in an address', () => {
  it('D8: is sent to origins of old clients alone, in the golden form, and then works', async () => {
    const before = locations.length;
    const { headers } = await goThrough(newBrowser(), 'google', `${OLD_APP}/?a=1#f`);
    const [, token = ''] =
      /^http:\/\/old\.example\/\?a=1&jwt=([\w.-]+)#f$/.exec(headers.location ?? '') ?? [];
    expect(givenAway(token)).toHaveLength(1);
    expect(locations.slice(before).filter((location) => givenAway(location).length > 0)).toEqual([
      headers.location,
    ]);
    const check = await request(app).get('/auth/check').query({ jwt: token });
    expect(check.body.authenticated).toBe(true);
  });

  it.each(['jwt', 'access_token'])('D8: 401: opens nothing but the kept endpoints as ?%s=', async (name) => {
    const user = await harness.database.user.findFirstOrThrow();
    const { token } = await harness.userTokenFor(user.id);
    for (const path of [
      '/auth/me',
      '/auth/sessions',
      '/auth/tokens',
      '/auth/links',
      '/admin/users',
      '/notifications',
    ]) {
      const { status, headers } = await request(app)
        .get(path)
        .query({ [name]: token });
      expect([path, status, headers['www-authenticate']]).toEqual([
        path,
        401,
        expect.stringContaining('Bearer'),
      ]);
    }
  });

  it('D8: no answer that leads on or shows a form is kept, or tells other sites where it was', async () => {
    for (const path of [
      '/auth/login',
      '/auth/recovery?link=x',
      '/auth/verify?link=x',
      '/auth/sign-in?link=x',
      '/auth/google/start',
    ]) {
      const { headers } = await request(app).get(path);
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
    }
  });
});
