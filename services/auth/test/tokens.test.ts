import { createTokenVerifier, SERVICE_ALIASES } from '@flyloft/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

let harness: Harness;
let person: { id: string; idhash: string };
let admin: { id: string; idhash: string };
let token: string;

beforeAll(async () => {
  harness = await openHarness({ allowedServices: ['world'] });
  const made = await asAdmin('/admin/users', { email: 'person@example.org', name: 'A Person' });
  person = made.body;
  admin = await harness.database.user.findFirstOrThrow({ where: { roles: { some: { role: 'admin' } } } });
  token = (await harness.userTokenFor(person.id)).token;
});

afterAll(() => harness.close());

const realNow = new Date();
afterEach(() => {
  harness.clock.now = realNow;
});

const asAdmin = (path: string, body: object) =>
  request(harness.app).post(path).set('Authorization', `Bearer ${harness.adminToken}`).send(body);

async function personalToken(userId: string, scopes?: string[]): Promise<string> {
  const body = scopes === undefined ? { name: 'test' } : { name: 'test', scopes };
  return (await asAdmin(`/admin/users/${userId}/tokens`, body).expect(201)).body.token;
}

const get = (path: string, bearer?: string) => {
  const call = request(harness.app).get(path);
  return bearer === undefined ? call : call.set('Authorization', `Bearer ${bearer}`);
};

const verifier = (service: string) =>
  createTokenVerifier({
    issuer: ORIGIN,
    audiences: [service],
    keys: { kind: 'static', jwks: harness.keyRing.jwks },
  });

describe.each(['/auth/check', '/user/check'])('%s', (path) => {
  it('answers the whole profile to a user token and to a personal access token', async () => {
    for (const right of [
      token,
      await personalToken(person.id),
      await personalToken(person.id, ['profile']),
    ]) {
      const { body, headers } = await get(path, right).expect(200);
      expect(body).toEqual({
        authenticated: true,
        profile: {
          id: person.idhash,
          idhash: person.idhash,
          uuid: person.id,
          provider_id: `local:${person.id}`,
          username: 'person',
          name: 'A Person',
          email: 'person@example.org',
          avatar_url: null,
          join_date: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        },
      });
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('takes the token from the auth-token header, Authorization, or jwt in query or form', async () => {
    const answers = await Promise.all([
      get(path).set('auth-token', token),
      get(path, token),
      get(path).query({ jwt: token }),
      request(harness.app).post(path).type('form').send({ jwt: token }),
      request(harness.app).get(path).type('form').send({ jwt: token }),
    ]);
    expect(answers.map(({ body }) => body.authenticated)).toEqual(Array(5).fill(true));
  });

  it('answers 200 with the negative body to anything else, and 401 when strict', async () => {
    const service = (await get('/auth/authorize?service=data-sets', token)).body.token;
    const scoped = await personalToken(person.id, ['service:data-sets']);
    for (const wrong of [undefined, 'nonsense', 'fl_pat_nonsense', service]) {
      const { body } = await get(path, wrong).expect(200);
      expect(body).toEqual({ authenticated: false, providers: {} });
      const strict = await get(`${path}?strict=1`, wrong).expect(401);
      expect(strict.headers['content-type']).toContain('application/problem+json');
      expect(strict.headers['www-authenticate']).toContain('Bearer');
    }
    expect((await get(path, scoped).expect(200)).body.authenticated).toBe(false);
    await get(`${path}?strict=1`, scoped).expect(403);
    await get(`${path}?strict=1`).set('Authorization', 'Basic dTpw').expect(401);
  });

  it('D25: answers 400 to two tokens that differ, to a repeated parameter and to __proto__, strict or not', async () => {
    await get(path, token).set('auth-token', 'another').expect(400);
    await get(`${path}?next=/a&next=/b`, token).expect(400);
    await get(`${path}?__proto__=x`, token).expect(400);
  });
});

describe('a user token', () => {
  it('D17: dies with its session: revoked, over, or deleted with its person', async () => {
    const strict = (bearer: string) => get('/auth/check?strict=1', bearer);
    const revoked = await harness.userTokenFor(person.id);
    await strict(revoked.token).expect(200);
    await harness.database.session.update({
      where: { id: revoked.sessionId },
      data: { revokedAt: new Date() },
    });
    expect((await strict(revoked.token).expect(401)).body.code).toBe('token_revoked');

    const { body: leaver } = await asAdmin('/admin/users', { email: 'leaver@example.org' });
    const leaving = await harness.userTokenFor(leaver.id);
    const leavingPat = await personalToken(leaver.id);
    await harness.database.user.delete({ where: { id: leaver.id } });
    await strict(leaving.token).expect(401);
    await strict(leavingPat).expect(401);

    harness.clock.now = new Date(realNow.getTime() + 15 * 86_400_000);
    expect((await strict(token).expect(401)).body.code).toBe('token_expired');
  });

  it('of another issuer or key is refused', async () => {
    const other = await openHarness();
    try {
      const elsewhere = await other.database.user.findFirstOrThrow();
      const foreign = await other.userTokenFor(elsewhere.id);
      await get('/auth/check?strict=1', foreign.token).expect(401);
    } finally {
      await other.close();
    }
  });
});

describe('a personal access token', () => {
  it('D21: is refused with a wrong secret, when expired and when revoked, each with its code', async () => {
    const right = await personalToken(person.id);
    const other = await personalToken(person.id);
    const [, , id] = right.split('_');
    const mixed = `fl_pat_${id}_${other.split('_')[3]}`;
    expect((await get('/auth/check?strict=1', mixed).expect(401)).body.code).toBe('token_invalid');

    await harness.database.personalAccessToken.update({
      where: { id: id ?? '' },
      data: { revokedAt: new Date() },
    });
    expect((await get('/auth/check?strict=1', right).expect(401)).body.code).toBe('token_revoked');
    harness.clock.now = new Date(realNow.getTime() + 91 * 86_400_000);
    expect((await get('/auth/check?strict=1', other).expect(401)).body.code).toBe('token_expired');
  });
});

describe.each(['/auth/authorize', '/user/authorize'])('%s', (path) => {
  it('answers a service token that common accepts, with the claims of the contract', async () => {
    const { body, headers } = await get(`${path}?service=os.datastore`, token).expect(200);
    expect(body).toEqual({
      userid: person.idhash,
      permissions: { 'datapackage-upload': true },
      service: 'os.datastore',
      token: expect.any(String),
    });
    expect(headers['cache-control']).toBe('no-store');
    const claims = await verifier(SERVICE_ALIASES.datastore).verify(body.token);
    expect(claims).toMatchObject({
      iss: ORIGIN,
      sub: person.id,
      aud: 'os.datastore',
      service: 'os.datastore',
      userid: person.idhash,
      permissions: { 'datapackage-upload': true },
    });
    expect(claims.exp - claims.iat).toBe(3_600);
    await expect(verifier(SERVICE_ALIASES.dataSets).verify(body.token)).rejects.toMatchObject({
      status: 401,
    });
  });

  it('gives administrators more, and nobody else: admin everywhere, all rights over data sets', async () => {
    const adminPat = await personalToken(admin.id);
    const permissionsAt = async (service: string, bearer: string) =>
      (await get(`${path}?service=${service}`, bearer)).body.permissions;
    expect(await permissionsAt('data-sets', adminPat)).toEqual({
      admin: true,
      write: true,
      'read-unpublished': true,
    });
    expect(await permissionsAt('os.datastore', adminPat)).toEqual({
      admin: true,
      'datapackage-upload': true,
      moderate: true,
    });
    expect(await permissionsAt('data-sets', token)).toEqual({});
    expect(await permissionsAt('world', token)).toEqual({});
  });

  it('answers {permissions:{}} without a token for an unknown service, no service or no right token', async () => {
    const answers = await Promise.all([
      get(`${path}?service=unknown`, token),
      get(path, token),
      get(`${path}?service=os.datastore`),
      get(`${path}?service=os.datastore`, 'nonsense'),
      get(`${path}?service=os.datastore`, await personalToken(person.id, ['service:data-sets'])),
    ]);
    for (const { status, body } of answers) expect([status, body]).toEqual([200, { permissions: {} }]);
  });

  it('D25: says 404, 400, 401 and 403 for the same when strict', async () => {
    await get(`${path}?strict=1&service=unknown`, token).expect(404);
    await get(`${path}?strict=1`, token).expect(400);
    await get(`${path}?strict=1&service=os.datastore`).expect(401);
    await get(`${path}?strict=1&service=os.datastore`, 'nonsense').expect(401);
    const scoped = await personalToken(person.id, ['service:data-sets']);
    await get(`${path}?strict=1&service=os.datastore`, scoped).expect(403);
    await get(`${path}?strict=1&service=data-sets`, scoped).expect(200);
  });

  it('takes service and token from a form', async () => {
    const { body } = await request(harness.app)
      .post(path)
      .type('form')
      .send({ jwt: token, service: 'world' });
    expect(body.service).toBe('world');
  });
});

describe('a service token', () => {
  it('names the session or personal access token that it came from, and never outlives it', async () => {
    const { body: short } = await asAdmin(`/admin/users/${person.id}/tokens`, {
      name: 'short',
      expires_in: 90,
    });
    const { body } = await get('/auth/authorize?service=data-sets', short.token).expect(200);
    const claims = await verifier('data-sets').verify(body.token);
    expect(claims.sid).toBe(`pat:${short.id}`);
    expect(claims.exp - claims.iat).toBeLessThanOrEqual(90);
    const own = await harness.userTokenFor(person.id);
    const viaSession = (await get('/auth/authorize?service=data-sets', own.token)).body.token;
    expect((await verifier('data-sets').verify(viaSession)).sid).toBe(own.sessionId);
  });
});

describe('service permissions', () => {
  it('merge the row of everyone first and the own row over it, key by key', async () => {
    const { body: user } = await asAdmin('/admin/users', { email: 'own@example.org' });
    await harness.database.servicePermission.createMany({
      data: [
        { userid: '*', service: 'world', permissions: { a: 1, nested: { x: 1 } } },
        { userid: user.idhash, service: 'world', permissions: { b: 2, nested: { y: 2 } } },
      ],
    });
    try {
      const { body } = await get('/auth/authorize?service=world', await personalToken(user.id));
      expect(body.permissions).toEqual({ a: 1, b: 2, nested: { y: 2 } });
    } finally {
      await harness.database.servicePermission.deleteMany({ where: { service: 'world' } });
    }
  });
});
