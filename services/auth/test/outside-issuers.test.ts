import { createOutsideTokens } from '@flyloft/common';
import { type CountingServer, checkForgedTokens, createTestIssuer, type TestIssuer } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Harness, openHarness } from './harness.ts';

const PROJECT = 'sunny-project';
const ISSUER = `https://securetoken.google.com/${PROJECT}`;

let harness: Harness;
/** Shaped as Firebase's: RS256, `typ: JWT`, no jti and no sid, keys at an address. */
let firebase: TestIssuer;
let keys: CountingServer;

beforeAll(async () => {
  firebase = await createTestIssuer(ISSUER);
  keys = await firebase.serveJwks();
  const trusted = [{ issuer: ISSUER, audience: PROJECT, jwksUrl: new URL(keys.url) }];
  harness = await openHarness({ realTime: true, outsideTokens: createOutsideTokens(trusted) });
});

afterAll(async () => {
  await keys.close();
  await harness.close();
});

const NOT_FIREBASE = { jti: undefined, sid: undefined, permissions: undefined, service: undefined };

function tokenOf(sub: string, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) {
  return firebase.serviceToken({
    header: { typ: 'JWT', ...header },
    claims: { ...NOT_FIREBASE, aud: PROJECT, sub, ...claims },
  });
}

const register = (token: string, body: object = { display_name: 'Mary Ann' }) =>
  request(harness.app).post('/users').set('Authorization', `Bearer ${token}`).send(body);
const authorize = (token: string) =>
  request(harness.app)
    .get('/auth/authorize?strict=1&service=data-sets')
    .set('Authorization', `Bearer ${token}`);

describe("the three-stage check with another issuer's tokens", () => {
  it('stage 1: answers 401 to a header that is missing or malformed, each with a code of its own', async () => {
    const missing = await request(harness.app).post('/users').send({}).expect(401);
    expect(missing.body.code).toBe('token_missing');
    const malformed = await request(harness.app)
      .post('/users')
      .set('Authorization', 'Bearer a b')
      .expect(401);
    expect(malformed.body.code).toBe('token_malformed');
  });

  it('stage 2: answers 401 to a token that is expired, of an unknown person, or of a suspended one', async () => {
    const now = Math.floor(Date.now() / 1000);
    const old = await authorize(tokenOf('ann', { iat: now - 100, exp: now - 6 })).expect(401);
    expect(old.body.code).toBe('token_expired');
    const unknown = await authorize(tokenOf('nobody-yet')).expect(401);
    expect(unknown.body.code).toBe('token_unknown_user');
    const { body } = await register(tokenOf('shut-out')).expect(201);
    await request(harness.app)
      .post(`/admin/users/${body.id}/suspension`)
      .set('Authorization', `Bearer ${harness.adminToken}`)
      .send({ until: new Date(Date.now() + 60_000).toISOString(), reason: 'spam' })
      .expect(201);
    expect((await authorize(tokenOf('shut-out')).expect(401)).body.code).toBe('token_revoked');
  });

  it('stage 3: answers 403 where the permission is missing, and lets through who holds it', async () => {
    await register(tokenOf('maria')).expect(201);
    await authorize(tokenOf('maria')).expect(200);
    const denied = await request(harness.app)
      .get('/admin/users')
      .set('Authorization', `Bearer ${tokenOf('maria')}`)
      .expect(403);
    expect(denied.body.code).toBe('permission_denied');
  });

  it('D3: takes no token of another kind or of auth itself for registering', async () => {
    await register(tokenOf('x', {}, { typ: 'service+jwt' })).expect(401);
    await register(tokenOf('x', {}, { typ: 'at+jwt' })).expect(401);
    await register(harness.adminToken).expect(401);
  });

  it.each([
    ['post', '/users'],
    ['get', '/auth/authorize?strict=1&service=data-sets'],
  ] as const)('D1 D2 D4 D5: %s %s refuses every forged token of that issuer', async (method, path) => {
    const send = (token: string) =>
      request(harness.app)
        [method](path)
        .set('Authorization', `Bearer ${token}`)
        .send({ display_name: 'Forger' });
    const faults = await checkForgedTokens({ issuer: firebase, audience: PROJECT, send });
    // the types that such tokens do have
    const ordinary = /^row 3, typ (JWT|missing): /;
    expect(faults.filter((fault) => !ordinary.test(fault))).toEqual([]);
  });
});

describe('POST /users', () => {
  it('D15: makes one person for each (issuer, subject), whatever the e-mail, and 409 the second time', async () => {
    const { body } = await register(tokenOf('one')).expect(201);
    expect(body).toMatchObject({ name: 'Mary Ann', email: null, roles: ['new user'] });
    await register(tokenOf('one')).expect(409);
    const other = await register(tokenOf('two')).expect(201);
    expect(other.body.id).not.toBe(body.id);
    expect([body.username, other.body.username]).toEqual([
      expect.stringMatching(/^mary-ann\d*$/),
      expect.stringMatching(/^mary-ann\d+$/),
    ]);
    expect(other.body.username).not.toBe(body.username);
    const at = await Promise.all(Array.from({ length: 5 }, () => register(tokenOf('crowd'))));
    expect(at.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  it('D15: an unverified address makes neither the e-mail nor the idhash; a verified one makes a user', async () => {
    const victim = await request(harness.app)
      .post('/admin/users')
      .set('Authorization', `Bearer ${harness.adminToken}`)
      .send({ email: 'victim@example.org' })
      .expect(201);
    const email = 'victim@example.org';
    const unverified = await register(tokenOf('liar', { email, email_verified: false })).expect(201);
    expect(unverified.body).toMatchObject({ email: null, roles: ['new user'] });
    const verified = await register(tokenOf('same', { email, email_verified: true })).expect(201);
    expect(verified.body).toMatchObject({ email, roles: ['user'] });
    for (const { body } of [unverified, verified]) {
      expect(body.id).not.toBe(victim.body.id);
      expect(body.idhash).not.toBe(victim.body.idhash);
    }
  });

  it('answers 400 to a name that is missing, empty, too long or not allowed', async () => {
    for (const body of [
      {},
      { display_name: ' ' },
      { display_name: 'x'.repeat(61) },
      { display_name: 'a', x: 1 },
    ]) {
      await register(tokenOf('wrong'), body).expect(400);
    }
    await request(harness.app)
      .post('/admin/words')
      .set('Authorization', `Bearer ${harness.adminToken}`)
      .send({ phrase: 'villain' })
      .expect(201);
    const listed = await register(tokenOf('wrong'), { display_name: 'The Villain' }).expect(400);
    expect(listed.body.code).toBe('words_not_allowed');
  });
});
