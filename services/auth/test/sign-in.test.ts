import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createOneTimeLink } from '../src/links/one-time-link.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness();
});

afterAll(() => harness.close());

async function newLink(purpose: 'sign-in' | 'recovery' = 'sign-in'): Promise<string> {
  const { url, link } = createOneTimeLink(purpose, ORIGIN, harness.clock.now);
  const { id } = await harness.database.user.findFirstOrThrow();
  await harness.database.oneTimeLink.create({ data: { ...link, userId: id } });
  return url;
}

const open = (url: string) =>
  request(harness.app).get(url.slice(ORIGIN.length).replace('recovery', 'sign-in'));

describe('GET /auth/sign-in', () => {
  it('D16: 200: opens a session, sets its cookie and says so on a page', async () => {
    const { headers, text } = await open(harness.signInUrl).expect(200).expect('Content-Type', /html/);
    expect(text).toContain('You are signed in');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['referrer-policy']).toBe('same-origin');
    const [cookie = ''] = headers['set-cookie'] ?? [];
    expect(cookie).toMatch(
      /^flyloft_session=[\w-]{43}; Max-Age=1209600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    );
    const value = cookie.slice('flyloft_session='.length, cookie.indexOf(';'));
    const cookieHash = new Uint8Array(createHash('sha256').update(value).digest());
    const session = await harness.database.session.findUniqueOrThrow({ where: { cookieHash } });
    expect(session.expiresAt.getTime() - harness.clock.now.getTime()).toBe(14 * 86_400_000);
  });

  it('410: works once, even when two ask at the same moment', async () => {
    const url = await newLink();
    const before = await harness.database.session.count();
    const answers = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 410, 410, 410, 410]);
    expect(await harness.database.session.count()).toBe(before + 1);
    const late = await open(url).expect(410).expect('Content-Type', /html/);
    expect(late.headers['set-cookie']).toBeUndefined();
  });

  it('410: refuses an unknown link, an expired one, and one of another purpose, which stays good', async () => {
    await open(`${ORIGIN}/auth/sign-in?link=unknown`).expect(410);
    await open(await newLink('recovery')).expect(410);
    expect(await harness.database.oneTimeLink.count({ where: { purpose: 'recovery', usedAt: null } })).toBe(
      1,
    );
    const url = await newLink();
    const now = harness.clock.now;
    harness.clock.now = new Date(now.getTime() + 8 * 86_400_000);
    await open(url).expect(410);
    harness.clock.now = now;
    await open(url).expect(200);
  });

  it('400: an address without its link, with two, or with markup in it, which is never echoed', async () => {
    await open(`${ORIGIN}/auth/sign-in`).expect(400).expect('Content-Type', /html/);
    const { text } = await open(`${ORIGIN}/auth/sign-in?link=a&link=<script>`).expect(400);
    expect(text).not.toContain('<script>');
  });

  it('a HEAD request looks and does not use the link up', async () => {
    const url = await newLink();
    await request(harness.app).head(url.slice(ORIGIN.length)).expect(200);
    await open(url).expect(200);
  });

  it('D16: never takes a session from the request: a cookie that was set before is replaced', async () => {
    const { headers } = await open(await newLink()).set('Cookie', 'flyloft_session=chosen-by-an-attacker');
    expect(headers['set-cookie']?.[0]).not.toContain('chosen-by-an-attacker');
  });
});

describe('the session cookie', () => {
  const check = (cookie: string, headers: Record<string, string>, method: 'get' | 'post' = 'get') =>
    request(harness.app)[method]('/auth/check').set('Cookie', cookie).set(headers);

  async function signIn(): Promise<string> {
    const { headers } = await open(await newLink()).expect(200);
    return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  }

  it('D18: authenticates requests of our own pages at the kept endpoints, and of no other site', async () => {
    const cookie = await signIn();
    const ours = [{ 'Sec-Fetch-Site': 'same-origin' }, { 'Sec-Fetch-Site': 'none' }, { Origin: ORIGIN }, {}];
    const foreign = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: ORIGIN },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
    ];
    for (const headers of ours) expect((await check(cookie, headers)).body.authenticated).toBe(true);
    for (const headers of foreign) expect((await check(cookie, headers)).body.authenticated).toBe(false);
    for (const headers of [{}, { 'Sec-Fetch-Site': 'none' }]) {
      expect((await check(cookie, headers, 'post')).body.authenticated).toBe(false);
    }
    const authorized = await request(harness.app)
      .get('/auth/authorize?service=data-sets')
      .set('Cookie', cookie)
      .set('Sec-Fetch-Site', 'same-origin');
    expect(authorized.body.token).toEqual(expect.any(String));
  });

  it('opens no administration, and does not help a request whose token is wrong', async () => {
    const cookie = await signIn();
    await request(harness.app)
      .post('/admin/users')
      .set('Cookie', cookie)
      .set('Sec-Fetch-Site', 'same-origin')
      .send({ email: 'a@example.org' })
      .expect(401);
    const wrong = await check(cookie, { 'Sec-Fetch-Site': 'same-origin', Authorization: 'Bearer nonsense' });
    expect(wrong.body.authenticated).toBe(false);
  });

  it('dies after 12 idle hours, and after 14 days however busy', async () => {
    const start = harness.clock.now;
    const hours = (count: number) => {
      harness.clock.now = new Date(start.getTime() + count * 3_600_000);
    };
    try {
      const idle = await signIn();
      const busy = await signIn();
      for (let hour = 11; hour < 14 * 24; hour += 11) {
        hours(hour);
        expect((await check(busy, {})).body.authenticated).toBe(true);
      }
      expect((await check(idle, {})).body.authenticated).toBe(false);
      hours(14 * 24);
      expect((await check(busy, {})).body.authenticated).toBe(false);
    } finally {
      harness.clock.now = start;
    }
  });
});
