import { randomBytes } from 'node:crypto';
import { createTestIssuer } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { requireRight } from '../src/routes/admin/require-right.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';
import { makePerson, sender, type TestPerson } from './people.ts';

/**
 * The defects of the system whose community safety this generalises (auth.md B2.2 to B2.6), and that none of
 * them is here. Those of comments stand in the conductor's comments.test.ts, of sending in push.test.ts.
 */
let harness: Harness;
let send: ReturnType<typeof sender>;
let user: TestPerson;
let moderator: TestPerson;

beforeAll(async () => {
  harness = await openHarness();
  send = sender(harness);
  user = await makePerson(harness, 'user');
  moderator = await makePerson(harness, 'moderator');
});

afterAll(() => harness.close());

const later = (seconds: number) => new Date(harness.clock.now.getTime() + seconds * 1000).toISOString();
const report = (who: TestPerson, target: string, more: object = {}) =>
  send('post', '/reports', { type: 'package', target, reason: 'Spam', ...more }, who.token);
const rowOf = (id: string) =>
  harness.database.user.findUniqueOrThrow({ where: { id }, include: { roles: true, suspension: true } });

describe('B2.2: the three stages', () => {
  const ask = (authorization?: string) => {
    const asked = request(harness.app).get('/reports');
    return authorization === undefined ? asked : asked.set('Authorization', authorization);
  };

  it('are told apart by their codes, and by 401 and 403', async () => {
    const ended = await makePerson(harness, 'user');
    const now = harness.clock.now;
    const issuer = await createTestIssuer(ORIGIN, harness.keyRing.active.privateKey);
    await harness.database.session.updateMany({ where: { userId: ended.id }, data: { revokedAt: now } });
    const stages: [string | undefined, number, string][] = [
      [undefined, 401, 'token_missing'],
      ['Basic abc', 401, 'token_malformed'],
      ['Bearer', 401, 'token_malformed'],
      ['Bearer a b', 401, 'token_malformed'],
      ['Bearer nonsense', 401, 'token_invalid'],
      [`Bearer ${issuer.serviceToken({})}`, 401, 'token_invalid'],
      [`Bearer ${ended.token}`, 401, 'token_revoked'],
      [`Bearer ${user.token}`, 403, 'permission_denied'],
      [`bearer ${moderator.token}`, 200, ''],
    ];
    for (const [authorization, status, code] of stages) {
      const answer = await ask(authorization);
      expect([authorization, answer.status, answer.body.code ?? '']).toEqual([authorization, status, code]);
      expect(JSON.stringify(answer.body)).not.toMatch(/Error:|\n +at |node_modules/);
    }
  });

  it('a token that has expired says so', async () => {
    const before = harness.clock.now;
    harness.clock.now = new Date(before.getTime() + 15 * 86_400_000);
    const { body } = await ask(`Bearer ${user.token}`).expect(401);
    expect(body.code).toBe('token_expired');
    harness.clock.now = before;
  });

  it('a list of requirements never passes by its length: none is refused at start, three are all asked for', async () => {
    const sources = {} as Parameters<typeof requireRight>[0];
    expect(() => requireRight(sources, { all: [] })).toThrow();
    expect(() => requireRight(sources, { any: [] })).toThrow();
    const three = { all: ['user:read:any', 'user:suspend:any', 'word:manage:any'] } as const;
    expect(() => requireRight(sources, three)).not.toThrow();
    // a moderator holds two of the three
    await send('get', '/admin/words', undefined, moderator.token).expect(403);
  });

  it('a person without a role is refused, not a crash', async () => {
    const nobody = await makePerson(harness);
    for (const path of ['/reports', '/notifications', '/push-subscriptions']) {
      await send('get', path, undefined, nobody.token).expect(403);
    }
    await report(nobody, 'ann:x').expect(403);
  });
});

describe('B2.3: roles', () => {
  it('who holds a right to everything is not held to their own', async () => {
    const { body } = await report(user, 'ann:rights').expect(201);
    const both = await makePerson(harness, 'user', 'moderator');
    await send('patch', `/reports/${body.id}`, { dismissed: true }, both.token).expect(200);
  });

  it('suspending works on a database as the migrations leave it, and ends by itself without a read that writes', async () => {
    const person = await makePerson(harness, 'user');
    await send('post', `/admin/users/${person.id}/suspension`, { until: later(60), reason: 'x' }).expect(201);
    const before = await rowOf(person.id);
    await send('get', '/admin/users').expect(200);
    harness.clock.now = new Date(harness.clock.now.getTime() + 61_000);
    await send('get', `/admin/users?q=${before.username}`).expect(200);
    expect(await rowOf(person.id)).toEqual(before);
    const { token } = await harness.userTokenFor(person.id);
    await send('get', '/notifications', undefined, token).expect(200);
  });

  it('letting somebody in again leaves the roles that they had', async () => {
    const person = await makePerson(harness, 'moderator', 'user');
    const path = `/admin/users/${person.id}/suspension`;
    await send('post', path, { until: later(60), reason: 'x' }).expect(201);
    await send('delete', path).expect(204);
    const { roles, suspension } = await rowOf(person.id);
    expect(roles.map(({ role }) => role).sort()).toEqual(['moderator', 'user']);
    expect(suspension).toBeNull();
  });
});

describe('B2.4: endpoints', () => {
  it('a missing or odd field is 400, never 500', async () => {
    const bodies = [{}, { type: 'package' }, { type: 7, target: [], reason: {} }, { reason: null }];
    for (const body of bodies) {
      await send('post', '/reports', body, user.token).expect(400);
      await send('post', '/push-subscriptions', body, user.token).expect(400);
      await send('patch', '/notifications', body, user.token).expect(400);
      await send('post', '/admin/words', body).expect(400);
    }
    await send('patch', '/auth/me', { name: 7 }, user.token).expect(400);
  });

  it('pages that are no whole number from 1 are 400, one beyond the last is empty', async () => {
    for (const path of [
      '/reports',
      '/notifications',
      '/push-subscriptions',
      '/admin/words',
      '/admin/users',
    ]) {
      for (const page of ['x', '0', '-1', '1.5', '99999999999']) {
        expect([path, page, (await send('get', `${path}?page=${page}`)).status]).toEqual([path, page, 400]);
      }
      const { body } = await send('get', `${path}?page=999`).expect(200);
      expect(body).toMatchObject({ items: [], page: 999 });
    }
  });

  it('a filter or a field that there is not is 400, not taken for another', async () => {
    for (const query of ['/reports?state=lost', '/reports?type=mailbox', '/notifications?read=maybe']) {
      expect([query, (await send('get', query)).status]).toEqual([query, 400]);
    }
    for (const query of ['/reports?kind=user', '/admin/words?allowed=some', '/admin/users?sort=name']) {
      expect([query, (await send('get', query)).status]).toEqual([query, 400]);
    }
  });

  it('ids that are none, or nobody’s, are 404', async () => {
    for (const id of ['7', 'abc', '0', "1'--", '00000000-0000-4000-8000-000000000000']) {
      const at = encodeURIComponent(id);
      await send('get', `/reports/${at}`).expect(404);
      await send('patch', `/reports/${at}`, { closed: true }).expect(404);
      await send('delete', `/admin/words/${at}`).expect(404);
      await send('delete', `/push-subscriptions/${at}`).expect(404);
      await send('delete', `/admin/users/${at}/suspension`).expect(404);
    }
  });

  it('strangers see of a person the name, the picture and the day they came, and nothing else', async () => {
    const { username } = await rowOf(user.id);
    const { body } = await request(harness.app).get(`/auth/get_profile?username=${username}`).expect(200);
    expect(Object.keys(body.profile).sort()).toEqual(['avatar_url', 'gravatar', 'id', 'join_date', 'name']);
  });
});

describe('B2.5: validation', () => {
  it('words are whole words: innocent ones that hold a phrase pass, and text that is none is 400 first', async () => {
    await send('post', '/admin/words', { phrase: 'ass' }).expect(201);
    await send('patch', '/auth/me', { name: 'Class assessor' }, user.token).expect(200);
    await send('patch', '/auth/me', { name: 'An ass' }, user.token).expect(400);
    await send('patch', '/auth/me', { name: ['ass'] }, user.token).expect(400);
  });

  it('a person can be deleted, whatever hangs on them', async () => {
    const person = await makePerson(harness, 'user');
    await report(person, 'ann:deleted').expect(201);
    const keys = {
      p256dh: randomBytes(65).toString('base64url'),
      auth: randomBytes(16).toString('base64url'),
    };
    await send(
      'post',
      '/push-subscriptions',
      { endpoint: 'https://push.example/1', keys },
      person.token,
    ).expect(201);
    await send('delete', '/auth/me', undefined, person.token).expect(204);
    await send('get', '/auth/me', undefined, person.token).expect(401);
  });
});

describe('B2.6: what others could do', () => {
  it('nobody changes another’s profile, nor their own roles and verified address', async () => {
    const before = await rowOf(moderator.id);
    for (const body of [{ email_verified: true }, { roles: ['admin'] }, { id: moderator.id, name: 'Mine' }]) {
      await send('patch', '/auth/me', body, user.token).expect(400);
    }
    await send('put', `/admin/users/${moderator.id}/roles`, { roles: [] }, user.token).expect(403);
    await send('put', `/admin/users/${user.id}/roles`, { roles: ['admin'] }, user.token).expect(403);
    expect(await rowOf(moderator.id)).toEqual(before);
  });

  it('who reports, when, and how it stands are the server’s to say', async () => {
    const spoofed = {
      reporter: moderator.id,
      reporter_id: moderator.id,
      created_at: '1999-01-01T00:00:00Z',
      date: '1999-01-01',
      closed: true,
    };
    const { body } = await report(user, 'ann:spoofed', spoofed).expect(201);
    expect(body).toMatchObject({ closed: false, dismissed: false });
    const row = await harness.database.report.findUniqueOrThrow({ where: { id: body.id } });
    expect(row).toMatchObject({ reporterId: user.id, state: 'open' });
    expect(row.createdAt.getFullYear()).toBeGreaterThan(2000);
  });

  it('one person cannot hide anything by reporting it, however often', async () => {
    const target = 'ann:popular';
    for (let round = 0; round < 3; round += 1) {
      const { body } = await report(user, target).expect(201);
      await report(user, target).expect(409);
      await send('patch', `/reports/${body.id}`, { dismissed: true }, moderator.token).expect(200);
    }
    expect(await harness.stores.reports.isHidden({ kind: 'package', target })).toBe(false);
  });

  it('% and _ in a search are letters', async () => {
    await harness.database.user.update({ where: { id: user.id }, data: { name: '50%_off' } });
    const found = async (q: string) =>
      (await send('get', `/admin/users?q=${encodeURIComponent(q)}`).expect(200)).body.total;
    expect(await Promise.all(['%_o', '%%', '_____', '\\'].map(found))).toEqual([1, 0, 0, 0]);
  });
});
