import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
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
