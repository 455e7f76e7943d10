import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Harness, openHarness } from './harness.ts';

let harness: Harness;
let person: { id: string; idhash: string; token: string };

beforeAll(async () => {
  harness = await openHarness();
  const { body } = await createUser({ email: 'person@example.org' }).expect(201);
  const made = await createToken(body.id, { name: 'mine' }).expect(201);
  person = { id: body.id, idhash: body.idhash, token: made.body.token };
});

afterAll(() => harness.close());

const post = (path: string, body: object, token = harness.adminToken) =>
  request(harness.app).post(path).set('Authorization', `Bearer ${token}`).send(body);
const createUser = (body: object, token?: string) => post('/admin/users', body, token);
const createToken = (id: string, body: object, token?: string) =>
  post(`/admin/users/${id}/tokens`, body, token);
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

async function adminTokenWith(scopes: string[]): Promise<string> {
  const admin = await harness.database.userRole.findFirstOrThrow({ where: { role: 'admin' } });
  return (await createToken(admin.userId, { name: scopes.join(), scopes }).expect(201)).body.token;
}

describe('POST /admin/users', () => {
  it('201: makes a person whose idhash is the MD5 of the trimmed lower-case address', async () => {
    const email = ' Maria.Golden+Test@Example.org ';
    const { body, headers } = await createUser({ email, name: 'Maria', roles: ['user', 'moderator'] }).expect(
      201,
    );
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      idhash: md5('maria.golden+test@example.org'),
      username: 'maria-golden-test',
      name: 'Maria',
      email: 'Maria.Golden+Test@Example.org',
      roles: ['moderator', 'user'],
      join_date: expect.any(String),
      recovery_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4000\/auth\/recovery\?link=[\w-]{43}$/),
    });
    expect(headers['cache-control']).toBe('no-store');
  });

  it('numbers a username that is taken or reserved, and pads one that is too short', async () => {
    const usernames: string[] = [];
    for (const email of ['same@a.example', 'same@b.example', 'api@c.example', 'x@d.example', '_@e.example']) {
      usernames.push((await createUser({ email }).expect(201)).body.username);
    }
    expect(usernames).toEqual(['same', 'same1', 'api1', 'user-x', 'user1']);
  });

  it('409: refuses an address that a local account has, in any case of letters', async () => {
    await createUser({ email: 'twice@example.org' }).expect(201);
    const { body } = await createUser({ email: 'TWICE@example.org' }).expect(409);
    expect(body.code).toBe('conflict');
  });

  it('409: of ten at once with one address, exactly one is made', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => createUser({ email: 'crowd@example.org' })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array(9).fill(409)]);
  });

  it.each([
    ['no address', {}],
    ['an address that is none', { email: 'nobody' }],
    ['an unknown field', { email: 'a@example.org', admin: true }],
    ['a short password', { email: 'a@example.org', password: 'short' }],
    ['an unknown role', { email: 'a@example.org', roles: ['emperor'] }],
    ['a body that is a list', []],
  ])('400: %s, and nobody is made', async (_what, body) => {
    const before = await harness.database.user.count();
    const answer = await createUser(body).expect(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body.errors.length).toBeGreaterThan(0);
    expect(await harness.database.user.count()).toBe(before);
  });

  it('D25: 400: refuses __proto__ as a field, and malformed JSON', async () => {
    for (const text of ['{"email":"a@example.org","__proto__":{"roles":["admin"]}}', '{"email":']) {
      await request(harness.app)
        .post('/admin/users')
        .set('Authorization', `Bearer ${harness.adminToken}`)
        .type('json')
        .send(text)
        .expect(400);
    }
  });

  it('401 without a token, with a wrong one, or with one in a place of the kept endpoints', async () => {
    const answers = await Promise.all([
      request(harness.app).post('/admin/users').send({ email: 'a@example.org' }),
      createUser({ email: 'a@example.org' }, 'fl_pat_nonsense'),
      request(harness.app).post('/admin/users').set('auth-token', harness.adminToken).send({}),
      request(harness.app).post('/admin/users').query({ jwt: harness.adminToken }).send({}),
    ]);
    for (const { status, headers } of answers) {
      expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining('Bearer')]);
    }
  });

  it('403 for who is no administrator, and for an administrator whose token does not reach this', async () => {
    await createUser({ email: 'a@example.org' }, person.token).expect(403);
    await createUser({ email: 'a@example.org' }, await adminTokenWith(['profile'])).expect(403);
    await createUser({ email: 'scoped@example.org' }, await adminTokenWith(['admin'])).expect(201);
  });

  it('D26: 405, 413 and 415 for another method, a body over 1 MiB, and one that is not JSON', async () => {
    const admin = { Authorization: `Bearer ${harness.adminToken}` };
    await request(harness.app)
      .put('/admin/users')
      .set(admin)
      .expect(405)
      .expect('Allow', 'POST, GET, HEAD, OPTIONS');
    await createUser({ email: 'a@example.org', name: 'x'.repeat(1_048_576) }).expect(413);
    await request(harness.app).post('/admin/users').set(admin).type('form').send('email=a@b.c').expect(415);
  });

  it('keeps a password as argon2id and links as hashes, and writes down who did it', async () => {
    const password = 'correct horse battery';
    const { body } = await createUser({ email: 'kept@example.org', password }).expect(201);
    const identity = await harness.database.identity.findFirstOrThrow({ where: { userId: body.id } });
    expect(identity.passwordHash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
    const entry = await harness.database.auditEntry.findFirstOrThrow({ where: { target: body.id } });
    expect(entry).toMatchObject({ action: 'user.created', details: { password: true, roles: ['new user'] } });
    const everything = await dump();
    expect(everything).not.toContain(password);
    expect(everything).not.toContain(new URL(body.recovery_url).searchParams.get('link'));
  });
});

describe('POST /admin/users/:id/tokens', () => {
  it('201: makes a token that works, is shown once and kept as a hash alone', async () => {
    const { body, headers } = await createToken(person.id, { name: 'laptop', expires_in: 60 }).expect(201);
    expect(body).toEqual({ id: expect.any(String), token: expect.stringMatching(/^fl_pat_/) });
    expect(headers['cache-control']).toBe('no-store');
    const check = await request(harness.app).get('/auth/check').set('Authorization', `Bearer ${body.token}`);
    expect(check.body.profile.uuid).toBe(person.id);
    const everything = await dump();
    for (const token of [body.token, harness.adminToken, person.token]) {
      expect(everything).not.toContain(token);
      expect(everything).not.toContain(token.split('_')[3].slice(0, 32));
    }
    const stored = await harness.database.personalAccessToken.findUniqueOrThrow({ where: { id: body.id } });
    expect(stored.lastUsedAt).toEqual(harness.clock.now);
  });

  it.each([
    ['no name', {}],
    ['an unknown scope', { name: 'x', scopes: ['everything'] }],
    ['a scope of an unknown service', { name: 'x', scopes: ['service:nowhere'] }],
    ["a scope above the owner's rights", { name: 'x', scopes: ['admin'] }],
    ['a life over a year', { name: 'x', expires_in: 366 * 86_400 }],
    ['a life of nothing', { name: 'x', expires_in: 0 }],
    ['an unknown field', { name: 'x', start_up: true }],
  ])('400: %s', async (_what, body) => {
    await createToken(person.id, body).expect(400);
  });

  it('401, 403 and 404: no token, no administrator, no such person', async () => {
    await request(harness.app).post(`/admin/users/${person.id}/tokens`).send({ name: 'x' }).expect(401);
    await createToken(person.id, { name: 'x' }, person.token).expect(403);
    await createToken('00000000-0000-4000-8000-000000000000', { name: 'x' }).expect(404);
    await createToken('not-a-uuid', { name: 'x' }).expect(404);
  });

  it('403: a personal access token makes no others, unless it is the start-up one; a session does', async () => {
    await createToken(person.id, { name: 'x' }, await adminTokenWith(['*'])).expect(403);
    const admin = await harness.database.userRole.findFirstOrThrow({ where: { role: 'admin' } });
    const { token } = await harness.userTokenFor(admin.userId);
    await createToken(person.id, { name: 'x' }, token).expect(201);
  });
});

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const tables = await harness.database.$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'auth'`;
  const rows = await Promise.all(
    tables.map(({ name }) => harness.database.$queryRawUnsafe(`SELECT t::text FROM auth."${name}" t`)),
  );
  return JSON.stringify(rows);
}
