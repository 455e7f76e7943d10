import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createSession } from '../src/sessions/session.ts';
import { createBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';

let harness: Harness;
let ann: { id: string; token: string };
let bob: { id: string; token: string };

beforeAll(async () => {
  harness = await openHarness();
  [ann, bob] = await Promise.all([person('ann'), person('bob')]);
});

afterAll(() => harness.close());

async function person(name: string) {
  const { body } = await request(harness.app)
    .post('/admin/users')
    .set('Authorization', `Bearer ${harness.adminToken}`)
    .send({ email: `${name}@example.org`, roles: ['user'] })
    .expect(201);
  return { id: String(body.id), token: (await harness.userTokenFor(body.id)).token };
}

const send = (method: 'get' | 'post' | 'delete', path: string, token: string) =>
  request(harness.app)[method](path).set('Authorization', `Bearer ${token}`);
const make = (body: object, token = ann.token) => send('post', '/auth/tokens', token).send(body);
const check = (token: string) => send('get', '/auth/check?strict=1', token);

describe('/auth/tokens', () => {
  it('D21: makes a token that is shown once, kept as a hash, listed without its secret and marks its use', async () => {
    const { body } = await make({ name: 'laptop', scopes: ['profile'], expires_in: 60 }).expect(201);
    const secret = String(body.token).split('_')[3]?.slice(0, 32) ?? '';
    const row = await harness.database.personalAccessToken.findUniqueOrThrow({ where: { id: body.id } });
    expect(Buffer.from(row.secretHash).toString('latin1')).not.toContain(secret);
    await check(body.token).expect(200);
    const listed = await send('get', '/auth/tokens', ann.token).expect(200);
    expect(JSON.stringify(listed.body)).not.toContain(secret);
    expect(listed.body.tokens).toContainEqual({
      ...{ id: body.id, name: 'laptop', scopes: ['profile'] },
      created_at: expect.any(String),
      expires_at: new Date(harness.clock.now.getTime() + 60_000).toISOString(),
      last_used_at: harness.clock.now.toISOString(),
    });
  });

  it("D21: refuses a scope that does not exist, one above the owner's, and a life over a year", async () => {
    await make({ name: 'x', scopes: ['admin'] }).expect(400);
    await make({ name: 'x', scopes: ['service:unknown'] }).expect(400);
    await make({ name: 'x', scopes: [] }).expect(400);
    await make({ name: 'x', expires_in: 366 * 86_400 }).expect(400);
    await make({ name: '' }).expect(400);
  });

  it('D21: a token that is revoked or expired is 401, each with a code of its own', async () => {
    const revoked = (await make({ name: 'revoked' }).expect(201)).body;
    await send('delete', `/auth/tokens/${revoked.id}`, ann.token).expect(204);
    expect((await check(revoked.token).expect(401)).body.code).toBe('token_revoked');
    await send('delete', `/auth/tokens/${revoked.id}`, ann.token).expect(404);
    const expired = (await make({ name: 'expired', expires_in: 60 }).expect(201)).body;
    const before = harness.clock.now;
    harness.clock.now = new Date(before.getTime() + 61_000);
    expect((await check(expired.token).expect(401)).body.code).toBe('token_expired');
    harness.clock.now = before;
  });

  it('D21: a token cannot make others, and one without the scope "profile" cannot even look', async () => {
    const all = (await make({ name: 'all' }).expect(201)).body.token;
    await make({ name: 'child' }, all).expect(403);
    const other = (await make({ name: 'other' }).expect(201)).body;
    await send('delete', `/auth/tokens/${other.id}`, all).expect(403);
    await send('delete', `/auth/tokens/${other.id}`, other.token).expect(204);
    const narrow = (await make({ name: 'narrow', scopes: ['service:data-sets'] }).expect(201)).body.token;
    await send('get', '/auth/tokens', narrow).expect(403);
  });

  it("D22: somebody else's token is as unknown as none, to see and to revoke", async () => {
    const { id, token } = (await make({ name: 'of ann' }).expect(201)).body;
    await send('delete', `/auth/tokens/${id}`, bob.token).expect(404);
    await check(token).expect(200);
    expect((await send('get', '/auth/tokens', bob.token).expect(200)).body.tokens).toEqual([]);
  });

  it('D17: what is revoked stands in the feed that services follow, by its hash alone', async () => {
    const { id } = (await make({ name: 'fed' }).expect(201)).body;
    const before = (await request(harness.app).get('/auth/revocations').expect(200)).body.revocations.length;
    await send('delete', `/auth/tokens/${id}`, ann.token).expect(204);
    const { body, headers, text } = await request(harness.app).get('/auth/revocations?since=0').expect(200);
    expect(body.revocations).toHaveLength(before + 1);
    expect(text).not.toContain(id);
    expect(headers['cache-control']).toContain('max-age=5');
    await request(harness.app).get('/auth/revocations?since=x').expect(400);
    await request(harness.app).get('/auth/revocations?since=1&since=2').expect(400);
    // nothing comes again that is older than a minute
    await harness.database.revocation.updateMany({ data: { revokedAt: new Date(Date.now() - 61_000) } });
    const again = await request(harness.app).get('/auth/revocations').expect(200);
    const rest = await request(harness.app).get(`/auth/revocations?since=${again.body.next}`).expect(200);
    expect(rest.body).toEqual({ revocations: [], next: again.body.next, more: false });
  });
});

describe('tokens in the settings', () => {
  /** A browser in which the person is signed in. */
  async function browserOf(userId: string) {
    const { session, cookie } = createSession(harness.clock.now);
    await harness.database.session.create({ data: { ...session, userId } });
    const browser = createBrowser(harness.app);
    browser.cookies.set('flyloft_session', cookie);
    return { browser, sessionId: session.id };
  }
  const settings = '/auth/settings';
  const wanted = { name: '<b>upload</b>', scope: 'service:data-sets', days: '7' };

  it('D21: are made by a form, shown once, reach what was chosen, and are revoked by another form', async () => {
    const { browser } = await browserOf(ann.id);
    await browser.get(settings);
    const made = await browser.submit(`${settings}/create-token`, wanted);
    expect([made.status, made.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(made.text).toContain('&lt;b&gt;upload&lt;/b&gt;');
    const token = /fl_pat_\w+/.exec(made.text)?.[0] ?? '';
    await send('get', '/auth/authorize?strict=1&service=data-sets', token).expect(200);
    await send('get', '/auth/authorize?strict=1&service=os.datastore', token).expect(403);
    const { text } = await browser.get(settings);
    expect(text).not.toContain('fl_pat_');
    expect(text).toContain('The service data-sets. Until');
    const { id } = await harness.database.personalAccessToken.findFirstOrThrow({
      where: { name: wanted.name },
    });
    const { browser: other } = await browserOf(bob.id);
    await other.get(settings);
    const csrf = /name="csrf_token" value="([^"]+)"/.exec((await other.get(settings)).text)?.[1] ?? '';
    const foreign = { token: id, csrf_token: csrf };
    // the form of somebody who has none; it answers as for one that is not there
    expect((await other.submit(`${settings}/create-token`, { ...wanted, name: 'of bob' })).status).toBe(200);
    await other.get(settings);
    expect((await other.submit(`${settings}/revoke-token`, foreign)).status).toBe(409);
    await check(token).expect(403);
    // the last of the forms on the page has the oldest token, so the id is given here
    await browser.get(settings);
    const gone = await browser.submit(`${settings}/revoke-token`, { token: id });
    expect(gone.headers.location).toBe(`${settings}?done=revoke-token`);
    expect((await check(token).expect(401)).body.code).toBe('token_revoked');
  });

  it('are not made without a name, beyond the own rights, for longer than a year or after a stale sign-in', async () => {
    const { browser, sessionId } = await browserOf(ann.id);
    const before = await harness.database.personalAccessToken.count();
    for (const wrong of [{ name: ' ' }, { scope: 'admin' }, { scope: 'service:unknown' }, { days: '366' }]) {
      await browser.get(settings);
      const { status, text } = await browser.submit(`${settings}/create-token`, { ...wanted, ...wrong });
      expect([wrong, status, text.includes('aria-invalid="true"')]).toEqual([wrong, 400, true]);
    }
    const long = new Date(harness.clock.now.getTime() - 3_600_000);
    await harness.database.session.update({ where: { id: sessionId }, data: { authenticatedAt: long } });
    await browser.get(settings);
    expect((await browser.submit(`${settings}/create-token`, wanted)).headers.location).toContain(
      'reason=again',
    );
    expect(await harness.database.personalAccessToken.count()).toBe(before);
  });
});
