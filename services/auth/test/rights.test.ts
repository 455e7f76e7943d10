import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { AUTH_PERMISSIONS } from '../src/permissions/permissions.ts';
import { requireRight } from '../src/routes/admin/require-right.ts';
import { type Harness, openHarness } from './harness.ts';

let harness: Harness;
let count = 0;

beforeAll(async () => {
  harness = await openHarness();
});

afterAll(() => harness.close());

const NOBODY = '00000000-0000-4000-8000-000000000000';
const BODIES: Partial<Record<Method, object>> = { post: {}, put: {}, patch: { unknown: true } };

type Method = 'get' | 'post' | 'put' | 'delete' | 'patch';

function send(method: Method, path: string, body?: object, token = harness.adminToken) {
  const sent = request(harness.app)[method](path).set('Authorization', `Bearer ${token}`);
  return body === undefined ? sent : sent.send(body);
}

/** A person with these roles, and a user token of a living session. */
async function person(...roles: string[]) {
  count += 1;
  const { body } = await send('post', '/admin/users', { email: `person${count}@example.org` }).expect(201);
  await send('put', `/admin/users/${body.id}/roles`, { roles }).expect(200);
  const { token, sessionId } = await harness.userTokenFor(body.id);
  return { id: String(body.id), userid: String(body.idhash), token, sessionId };
}

const authorize = (token: string) =>
  send('get', '/auth/authorize?strict=1&service=data-sets', undefined, token);

describe('many at the same moment', () => {
  it('each get a token of their own with their own permissions, though one statement reads for all of them', async () => {
    const people: Awaited<ReturnType<typeof person>>[] = [];
    for (let number = 0; number < 8; number += 1) people.push(await person('user'));
    await harness.database.servicePermission.createMany({
      data: people.map(({ userid }, place) => ({ userid, service: 'data-sets', permissions: { place } })),
    });
    const tokens = await Promise.all(
      people.map(async ({ id }) => {
        const path = `/admin/users/${id}/tokens`;
        return (await send('post', path, { name: 'own' }).expect(201)).body.token as string;
      }),
    );
    const answers = await Promise.all([...tokens, ...tokens].map((token) => authorize(token).expect(200)));
    answers.forEach(({ body }, index) => {
      const place = index % people.length;
      expect([body.userid, body.permissions.place]).toEqual([people[place]?.userid, place]);
    });
    await send('get', '/auth/check?strict=1', undefined, `${tokens[0]?.slice(0, -1)}_`).expect(401);
  });
});

describe('roles', () => {
  it('are data: the same permissions in the database as in the code, and every role of the seed', async () => {
    const rows = await harness.database.permission.findMany();
    expect(rows.map(({ name }) => name).sort()).toEqual([...AUTH_PERMISSIONS].sort());
    const { body } = await send('get', '/admin/roles').expect(200);
    const roles: { name: string; permissions: string[] }[] = body.roles;
    expect(roles.map(({ name }) => name)).toEqual(['admin', 'moderator', 'new user', 'suspended', 'user']);
    expect(roles.find(({ name }) => name === 'suspended')?.permissions).toEqual([]);
    expect(roles.find(({ name }) => name === 'admin')?.permissions).toHaveLength(AUTH_PERMISSIONS.length);
  });

  it('D22: deny by default: a person without a role is 403 everywhere, and not signed in for old clients', async () => {
    const { token } = await person();
    for (const path of [
      '/auth/check?strict=1',
      '/auth/authorize?strict=1&service=data-sets',
      '/auth/tokens',
    ]) {
      await send('get', path, undefined, token).expect(403);
    }
    const { body } = await send('get', '/auth/check', undefined, token).expect(200);
    expect(body.authenticated).toBe(false);
  });

  it('D22: refuses at start an empty requirement and a permission that does not exist', () => {
    const sources = {} as Parameters<typeof requireRight>[0];
    expect(() => requireRight(sources, { all: [] })).toThrow('at least one');
    const unknown = { any: ['user:raed:any'] } as unknown as Parameters<typeof requireRight>[1];
    expect(() => requireRight(sources, unknown)).toThrow('user:raed:any');
  });

  it('D22 D25: each endpoint of administration is 401 for a stranger, 403 for a user, open for who holds it', async () => {
    const user = await person('user');
    const endpoints: [Method, string, number][] = [
      ['get', '/admin/users', 200],
      ['get', '/admin/roles', 200],
      ['get', '/admin/keys', 200],
      ['get', '/admin/audit', 200],
      ['put', `/admin/users/${user.id}/roles`, 400],
      ['put', '/admin/roles/reader', 400],
      ['post', `/admin/users/${user.id}/suspension`, 400],
      ['delete', `/admin/users/${user.id}/suspension`, 404],
      ['post', `/admin/users/${user.id}/tokens`, 400],
      ['post', '/admin/users', 400],
      ['get', `/admin/users/${user.id}`, 200],
      ['patch', `/admin/users/${user.id}`, 400],
      ['delete', `/admin/users/${NOBODY}`, 404],
      ['get', `/admin/users/${user.id}/export`, 200],
      ['get', `/admin/users/${user.id}/sessions`, 200],
      ['delete', `/admin/users/${NOBODY}/sessions`, 404],
      ['delete', `/admin/users/${user.id}/sessions/${NOBODY}`, 404],
      ['post', `/admin/users/${NOBODY}/recovery`, 404],
      ['delete', '/admin/roles/nothing', 404],
      ['get', '/admin/services', 200],
      ['get', '/admin/services/data-sets/permissions', 200],
      ['put', '/admin/services/data-sets/permissions/*', 400],
      ['delete', '/admin/services/data-sets/permissions/*', 404],
      ['post', '/admin/keys/rotate', 409],
      ['post', '/admin/keys/unknown/retire', 404],
    ];
    for (const [method, path, status] of endpoints) {
      const body = BODIES[method];
      const stranger = await request(harness.app)[method](path).send(body);
      expect([path, stranger.status, stranger.headers['www-authenticate']]).toEqual([
        path,
        401,
        expect.stringContaining('Bearer'),
      ]);
      expect([path, (await send(method, path, body, user.token)).status]).toEqual([path, 403]);
      expect([path, (await send(method, path, body)).status]).toEqual([path, status]);
    }
  });

  it("D22: nobody reaches what is another's by its id: every address with an id refuses a stranger to it", async () => {
    const [victim, thief] = [await person('user'), await person('user')];
    const made = await send('post', '/auth/tokens', { name: 'mine' }, victim.token).expect(201);
    const { body: document } = await request(harness.app).get('/openapi.json').expect(200);
    const tried: string[] = [];
    for (const [path, operations] of Object.entries<Record<string, unknown>>(document.paths)) {
      if (
        !/\{\w+\}/.test(path) ||
        path.startsWith('/admin/pages/') ||
        !/^\/(admin|auth\/(tokens|sessions|links\/\{provider\}\/|consents)|push-subscriptions|reports)/.test(
          path,
        )
      )
        continue;
      for (const method of Object.keys(operations) as Method[]) {
        for (const id of [victim.id, victim.sessionId, made.body.id, harness.keyRing.active.kid]) {
          const address = path.replace(/\{\w+\}/g, id);
          const body = method === 'get' || method === 'delete' ? undefined : {};
          const { status } = await send(method, address, body, thief.token);
          expect([method, address, [403, 404].includes(status) ? 'refused' : status]).toEqual([
            method,
            address,
            'refused',
          ]);
          tried.push(`${method} ${path}`);
        }
      }
    }
    expect(new Set(tried).size).toBeGreaterThanOrEqual(18);
    await authorize(victim.token).expect(200);
    await send('get', '/auth/check?strict=1', undefined, made.body.token).expect(200);
  });

  it('can be made and changed, but not beyond the permissions that exist, and two of them not at all', async () => {
    const permissions = ['user:read:any', 'profile:read:own'];
    await send('put', '/admin/roles/reader', { description: 'Sees people', permissions }).expect(200);
    const reader = await person('reader');
    await send('get', '/admin/users', undefined, reader.token).expect(200);
    await send('get', '/admin/audit', undefined, reader.token).expect(403);
    const unknown = { description: 'x', permissions: ['user:fly'] };
    const { body } = await send('put', '/admin/roles/reader', unknown).expect(400);
    expect(body.errors).toEqual([{ pointer: '/permissions/0', detail: 'There is no permission "user:fly"' }]);
    await send('put', '/admin/roles/admin', { description: 'x', permissions: [] }).expect(409);
    await send('put', '/admin/roles/suspended', { description: 'x', permissions }).expect(409);
  });

  it('are given and taken at once, with an entry in the audit log; unknown ones are 400', async () => {
    const { id, token } = await person('user');
    await send('get', '/admin/users', undefined, token).expect(403);
    await send('put', `/admin/users/${id}/roles`, { roles: ['moderator'] }).expect(200);
    await send('get', '/admin/users', undefined, token).expect(200);
    await send('put', `/admin/users/${id}/roles`, { roles: ['emperor'] }).expect(400);
    await send('put', `/admin/users/${id}/roles`, { roles: ['suspended'] }).expect(400);
    const { body } = await send('get', `/admin/audit?target=${id}&action=user.roles-set`).expect(200);
    expect(body.items[0].details).toEqual({ before: ['user'], after: ['moderator'] });
    // services refuse the tokens that carry what was taken
    const fed = await send('get', '/auth/revocations').expect(200);
    expect(fed.body.revocations.some(({ kind }: { kind: string }) => kind === 'user')).toBe(true);
  });

  it('keep one administrator: the last can neither be demoted nor suspended', async () => {
    const admin = await harness.database.userRole.findFirstOrThrow({ where: { role: 'admin' } });
    await send('put', `/admin/users/${admin.userId}/roles`, { roles: ['user'] }).expect(409);
    const until = new Date(harness.clock.now.getTime() + 60_000).toISOString();
    await send('post', `/admin/users/${admin.userId}/suspension`, { until, reason: 'x' }).expect(409);
  });

  it('a new user becomes a user when the e-mail address is verified, whatever verified it', async () => {
    const { id } = await person('new user');
    await harness.database.user.update({ where: { id }, data: { emailVerified: true } });
    const roles = await harness.database.userRole.findMany({ where: { userId: id } });
    expect(roles.map(({ role }) => role)).toEqual(['user']);
    const { body } = await send('get', `/admin/audit?target=${id}&action=user.promoted`).expect(200);
    expect(body.total).toBe(1);
  });

  it('a person whose address is verified from the start is a user from the start', async () => {
    const { id } = await person('user');
    await harness.database.user.update({ where: { id }, data: { emailVerified: true } });
    const { body } = await send('put', `/admin/users/${id}/roles`, { roles: ['new user'] }).expect(200);
    expect(body.roles).toEqual(['user']);
  });
});

describe('a suspension', () => {
  const later = (seconds: number) => new Date(harness.clock.now.getTime() + seconds * 1000).toISOString();

  it('D17: ends sessions and tokens at once, and lifts itself when its date has passed', async () => {
    const { id, token, userid } = await person('user');
    const made = await send('post', `/admin/users/${id}/tokens`, { name: 'mine' }).expect(201);
    const pat: string = made.body.token;
    await authorize(token).expect(200);
    await send('post', `/admin/users/${id}/suspension`, { until: later(60), reason: 'spam' }).expect(201);
    for (const ended of [token, pat]) {
      const { body } = await authorize(ended).expect(401);
      expect(body.code).toBe('token_revoked');
    }
    // a session that somebody opened all the same does not live
    const { session } = await import('../src/sessions/session.ts').then((module) =>
      module.createSession(harness.clock.now),
    );
    await harness.database.session.create({ data: { ...session, userId: id } });
    const { stores } = harness;
    expect(await stores.sessions.findLive(session.id, harness.clock.now)).toBeUndefined();
    expect((await send('get', `/admin/users?q=${'person'}`)).body.items).toContainEqual(
      expect.objectContaining({ idhash: userid, suspended_until: later(60) }),
    );
    const before = harness.clock.now;
    harness.clock.now = new Date(before.getTime() + 61_000);
    await authorize(pat).expect(200);
    expect(await stores.sessions.findLive(session.id, harness.clock.now)).toBeDefined();
    // nothing had to be written for that
    expect(await harness.database.suspension.count({ where: { userId: id } })).toBe(1);
    harness.clock.now = before;
  });

  it('can be lifted before, and must end in the future with a reason', async () => {
    const { id } = await person('user');
    const path = `/admin/users/${id}/suspension`;
    await send('post', path, { until: later(-1), reason: 'x' }).expect(400);
    await send('post', path, { until: later(60) }).expect(400);
    await send('post', path, { until: later(60), reason: 'spam' }).expect(201);
    await send('delete', path).expect(204);
    await send('delete', path).expect(404);
    const { token } = await harness.userTokenFor(id);
    await authorize(token).expect(200);
  });

  it('D22: a moderator may suspend a user, but no administrator', async () => {
    const moderator = await person('moderator');
    const admin = await person('admin');
    const user = await person('user');
    const body = { until: later(60), reason: 'spam' };
    await send('post', `/admin/users/${user.id}/suspension`, body, moderator.token).expect(201);
    await send('post', `/admin/users/${admin.id}/suspension`, body, moderator.token).expect(403);
  });
});

describe('GET /admin/users', () => {
  it('pages, and finds by text in which wildcards are letters', async () => {
    const { id } = await person('user');
    await harness.database.user.update({ where: { id }, data: { name: '100%_sure' } });
    const { body } = await send('get', '/admin/users?q=%25_S&per_page=1').expect(200);
    expect(body).toMatchObject({ total: 1, page: 1, per_page: 1, total_pages: 1 });
    expect(body.items[0].name).toBe('100%_sure');
    await send('get', '/admin/users?page=0').expect(400);
    await send('get', '/admin/users?per_page=101').expect(400);
    await send('get', '/admin/users?unknown=1').expect(400);
  });
});
