import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Letter } from '../src/mail/mailer.ts';
import { createBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';

type Method = 'get' | 'post' | 'put' | 'delete' | 'patch';

let harness: Harness;
let count = 0;
const letters: Letter[] = [];

beforeAll(async () => {
  harness = await openHarness({ signIn: { sendMail: async (letter) => void letters.push(letter) } });
});

afterAll(() => harness.close());

function send(method: Method, path: string, body?: object, token = harness.adminToken) {
  const sent = request(harness.app)[method](path).set('Authorization', `Bearer ${token}`);
  return body === undefined ? sent : sent.send(body);
}

/** A person with these roles, and a user token of a living session. */
async function person(...roles: string[]) {
  count += 1;
  const email = `person${count}@example.org`;
  const { body } = await send('post', '/admin/users', { email, ...(roles.length > 0 ? { roles } : {}) });
  const { token, sessionId } = await harness.userTokenFor(body.id);
  return {
    id: String(body.id),
    idhash: String(body.idhash),
    username: body.username,
    email,
    token,
    sessionId,
  };
}

/** A role of its own that holds only these. */
async function personWho(...permissions: string[]) {
  const role = `helper ${count}`;
  await send('put', `/admin/roles/${role}`, { description: 'x', permissions }).expect(200);
  return person(role);
}

const administratorId = async () =>
  (await harness.database.userRole.findFirstOrThrow({ where: { role: 'admin' } })).userId;
const linkIn = (text = '') => /\S+link=\S+/.exec(text)?.[0] ?? '';
const actionsOn = async (target: string) =>
  (await harness.database.auditEntry.findMany({ where: { target }, orderBy: { at: 'asc' } })).map(
    ({ action }) => action,
  );

describe('one person', () => {
  it('is shown, changed and written down; an address that changes has to be verified anew', async () => {
    const { id, idhash } = await person('user');
    await harness.database.user.update({ where: { id }, data: { emailVerified: true } });
    const change = { name: 'Maria', username: 'Maria-Golden', email: 'maria@new.example' };
    const { body } = await send('patch', `/admin/users/${id}`, change).expect(200);
    expect(body).toMatchObject({ ...change, username: 'maria-golden', email_verified: false, idhash });
    expect((await send('get', `/admin/users/${id}`).expect(200)).body).toEqual(body);
    const identity = await harness.database.identity.findFirstOrThrow({ where: { userId: id } });
    expect(identity.login).toBe('maria@new.example');
    expect(await actionsOn(id)).toContain('user.changed');
    // links to the old address would prove the new one
    expect(await harness.database.oneTimeLink.count({ where: { userId: id } })).toBe(0);
    await send('patch', `/admin/users/${id}`, { name: null }).expect(200);
  });

  it('409: keeps their name when another has the username or the address, and nothing else changes', async () => {
    const [one, other] = [await person(), await person()];
    for (const taken of [{ username: other.username }, { email: other.email.toUpperCase() }]) {
      await send('patch', `/admin/users/${one.id}`, { name: 'Changed', ...taken }).expect(409);
    }
    expect((await send('get', `/admin/users/${one.id}`)).body).toMatchObject({
      name: null,
      email: one.email,
    });
  });

  it.each([{ email: 'nobody' }, { username: 'a b' }, { username: 'admin' }, { name: '' }, { id: 'x' }, []])(
    '400: %j',
    async (body) => {
      await send('patch', `/admin/users/${(await person()).id}`, body).expect(400);
    },
  );

  it('D17: is deleted with sessions and tokens at once; the audit log stays; a second time is 404', async () => {
    const { id, idhash, token } = await person('user');
    const made = await send('post', `/admin/users/${id}/tokens`, { name: 'mine' }).expect(201);
    await send('put', `/admin/services/data-sets/permissions/${idhash}`, { permissions: { write: true } });
    await send('delete', `/admin/users/${id}`).expect(204);
    await send('get', '/auth/me', undefined, token).expect(401);
    await send('get', '/auth/me', undefined, made.body.token).expect(401);
    expect(await harness.database.servicePermission.count({ where: { userid: idhash } })).toBe(0);
    expect(await actionsOn(id)).toContain('user.deleted');
    await send('delete', `/admin/users/${id}`).expect(404);
  });

  it('of two who delete at once, one is told that nobody is there; the last administrator stays', async () => {
    const { id } = await person();
    const answers = await Promise.all([1, 2].map(() => send('delete', `/admin/users/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    await send('delete', `/admin/users/${await administratorId()}`).expect(409);
  });

  it('is exported whole, without secrets', async () => {
    const { id, email, sessionId } = await person('user');
    const { body, headers, text } = await send('get', `/admin/users/${id}/export`).expect(200);
    expect(headers['content-disposition']).toContain('attachment');
    expect(body).toMatchObject({ profile: { uuid: id, email }, sessions: [{ id: sessionId }] });
    expect(text).not.toMatch(/hash":"|secret_|cookie/);
    await send('get', '/admin/users/00000000-0000-4000-8000-000000000000/export').expect(404);
  });
});

describe('sessions of others', () => {
  it('D17: are listed and ended, one or all, and are dead at once', async () => {
    const { id, token, sessionId } = await person('user');
    const second = await harness.userTokenFor(id);
    const { body } = await send('get', `/admin/users/${id}/sessions`).expect(200);
    expect(body.sessions.map((session: { id: string }) => session.id).sort()).toEqual(
      [sessionId, second.sessionId].sort(),
    );
    await send('delete', `/admin/users/${id}/sessions/${sessionId}`).expect(204);
    await send('get', '/auth/me', undefined, token).expect(401);
    await send('get', '/auth/me', undefined, second.token).expect(200);
    expect((await send('delete', `/admin/users/${id}/sessions`).expect(200)).body).toEqual({ ended: 1 });
    await send('get', '/auth/me', undefined, second.token).expect(401);
  });

  it('404: a session of somebody else than the address says, and one that is none', async () => {
    const [one, other] = [await person(), await person()];
    await send('delete', `/admin/users/${one.id}/sessions/${other.sessionId}`).expect(404);
    await send('delete', `/admin/users/${one.id}/sessions/x`).expect(404);
    await send('get', '/admin/users/x/sessions').expect(404);
    await send('get', '/auth/me', undefined, other.token).expect(200);
  });
});

describe('rights to administer', () => {
  it('D22: who is no administrator can do nothing to one, whatever their role holds', async () => {
    const helper = await personWho(
      ...['user:read:any', 'user:create:any', 'user:update:any', 'user:delete:any', 'session:revoke:any'],
      ...['user:assign-roles:any', 'token:create:any'],
    );
    const id = await administratorId();
    const attempts: [Method, string, object?][] = [
      ['patch', `/admin/users/${id}`, { email: 'mine@example.org' }],
      ['delete', `/admin/users/${id}`],
      ['delete', `/admin/users/${id}/sessions`],
      ['post', `/admin/users/${id}/recovery`, {}],
      ['post', `/admin/users/${id}/tokens`, { name: 'mine' }],
      ['put', `/admin/users/${id}/roles`, { roles: ['user'] }],
      ['put', `/admin/users/${helper.id}/roles`, { roles: ['admin'] }],
      ['post', '/admin/users', { email: 'new-admin@example.org', roles: ['admin'] }],
    ];
    for (const [method, path, body] of attempts) {
      expect([path, (await send(method, path, body, helper.token)).status]).toEqual([path, 403]);
    }
  });

  it('D22: who may make people gives them no roles without the right to', async () => {
    const helper = await personWho('user:create:any');
    const email = 'made-by-helper@example.org';
    await send('post', '/admin/users', { email, roles: ['moderator'] }, helper.token).expect(403);
    await send('post', '/admin/users', { email }, helper.token).expect(201);
  });
});

describe('invitations', () => {
  it('are mailed to the person alone, and prove the address by being opened', async () => {
    const email = 'invited@example.org';
    const { body } = await send('post', '/admin/users', { email, invite: true }).expect(201);
    expect(body.recovery_url).toBeNull();
    const letter = letters.at(-1);
    expect(letter).toMatchObject({ to: email, subject: 'Your account' });
    const browser = createBrowser(harness.app);
    await browser.get(linkIn(letter?.text));
    expect((await browser.submit('/auth/recovery', { password: 'correct horse battery' })).status).toBe(303);
    expect((await send('get', `/admin/users/${body.id}`)).body).toMatchObject({
      email_verified: true,
      roles: ['user'],
    });
  });

  it('a recovery link is handed on or mailed, as the administrator likes', async () => {
    const { id, email } = await person();
    const handed = await send('post', `/admin/users/${id}/recovery`, {}).expect(201);
    expect(handed.body.recovery_url).toContain('/auth/recovery?link=');
    const mailed = await send('post', `/admin/users/${id}/recovery`, { mail: true }).expect(201);
    expect(mailed.body.recovery_url).toBeNull();
    expect(letters.at(-1)).toMatchObject({ to: email, subject: 'Set a new password' });
  });

  it('409: where no mail is sent nobody is made', async () => {
    const app = harness.openApp({ signIn: {} });
    const email = 'uninvited@example.org';
    await request(app)
      .post('/admin/users')
      .set('Authorization', `Bearer ${harness.adminToken}`)
      .send({ email, invite: true })
      .expect(409);
    expect(await harness.database.user.count({ where: { email } })).toBe(0);
  });
});

describe('the list of people', () => {
  it('is filtered by role as well as by text', async () => {
    const { email } = await personWho('user:read:any');
    const role = encodeURIComponent(`helper ${count - 1}`);
    const { body } = await send('get', `/admin/users?role=${role}`).expect(200);
    expect(body.items.map((user: { email: string }) => user.email)).toEqual([email]);
    expect((await send('get', `/admin/users?role=${role}&q=nobody`).expect(200)).body.total).toBe(0);
  });
});

describe('DELETE /admin/roles/:name', () => {
  it('409 while somebody has it and for those that the platform needs, else gone, then 404', async () => {
    await send('put', '/admin/roles/reader', { description: 'Reads', permissions: [] }).expect(200);
    const { id } = await person('reader');
    const { body } = await send('delete', '/admin/roles/reader').expect(409);
    expect(body.detail).toBe('One person has this role: take it from them first');
    await send('put', `/admin/users/${id}/roles`, { roles: [] }).expect(200);
    await send('delete', '/admin/roles/reader').expect(204);
    await send('delete', '/admin/roles/reader').expect(404);
    for (const name of ['admin', 'user', 'new user', 'suspended']) {
      await send('delete', `/admin/roles/${name}`).expect(409);
    }
    expect(await actionsOn('reader')).toEqual(['role.changed', 'role.deleted']);
  });
});

describe('the audit log', () => {
  it('D25: can only be added to, whoever asks the database', async () => {
    const refused = 'the audit log can only be added to';
    for (const statement of [
      "UPDATE auth.audit_entries SET action = 'nothing.happened'",
      'DELETE FROM auth.audit_entries',
      'TRUNCATE auth.audit_entries',
    ]) {
      await expect(harness.database.$executeRawUnsafe(statement)).rejects.toThrow(refused);
    }
  });

  it('is filtered by actor, action, subject and time, in pages', async () => {
    const { id } = await person('user');
    const actor = await administratorId();
    const path = `/admin/audit?actor=${actor}&target=${id}&action=user.`;
    const { body } = await send('get', path).expect(200);
    expect(body.items).toEqual([expect.objectContaining({ action: 'user.created', actor, target: id })]);
    const at = Date.parse(body.items[0].at);
    const time = (offset: number) => new Date(at + offset).toISOString();
    expect((await send('get', `${path}&from=${time(0)}&until=${time(1)}`)).body.total).toBe(1);
    expect((await send('get', `${path}&until=${time(0)}`)).body.total).toBe(0);
    expect((await send('get', '/admin/audit?per_page=1&page=2').expect(200)).body).toMatchObject({
      per_page: 1,
      page: 2,
      items: [expect.anything()],
    });
    for (const wrong of ['actor=x', 'action=x', 'from=yesterday', 'page=0']) {
      await send('get', `/admin/audit?${wrong}`).expect(400);
    }
  });
});
