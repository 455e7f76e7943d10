import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createLogger } from '@flyloft/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createKratosClient } from '../../src/kratos/kratos-client.ts';
import type { Letter } from '../../src/mail/mailer.ts';
import { checkKratosSessions, forgetKratosTasks, tellKratos } from '../../src/postgres/kratos-chores.ts';
import { type KratosHarness, openKratosHarness } from './kratos-harness.ts';
import type { StubIdentity } from './stub-people.ts';

const letters: Letter[] = [];
const logger = createLogger('auth', 'silent');
let harness: KratosHarness;
let kratos: ReturnType<typeof createKratosClient>;

beforeAll(async () => {
  harness = await openKratosHarness({ signIn: { sendMail: async (letter) => void letters.push(letter) } });
  const { publicUrl, adminUrl } = harness.stub;
  kratos = createKratosClient({ publicUrl, adminUrl, schemaId: 'default', timeoutMilliseconds: 1_000 });
});

afterAll(() => harness.close());

beforeEach(() => {
  harness.stub.setFault(undefined);
  harness.stub.calls.length = 0;
  letters.length = 0;
});

let count = 0;
const newEmail = () => {
  count += 1;
  return `people${count}@example.org`;
};
/** Later enough that the list of people is brought up to date. */
const later = () => {
  harness.clock.now = new Date(harness.clock.now.getTime() + 6_000);
};
const withToken = (token: string, path = '/auth/me') =>
  request(harness.app).get(path).set('X-Session-Token', token);
function identityOf(email: string): StubIdentity {
  const identity = harness.stub.findByEmail(email);
  if (identity === undefined) throw new Error(`Nobody at Kratos has ${email}`);
  return identity;
}
const makeOne = async (own: object = {}) => {
  const { body, status } = await harness.admin('post', '/admin/users', { email: newEmail(), ...own });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`);
  return { ...body, identity: identityOf(body.email) } as {
    id: string;
    email: string;
    idhash: string;
    identity: StubIdentity;
  };
};

describe('people at Kratos', () => {
  it('are found by administrators, page after page, before they have ever signed in here', async () => {
    for (let index = 0; index < 130; index += 1)
      harness.stub.add({ traits: { email: `list${index}@example.org` } });
    later();
    const { body } = await harness.admin('get', '/admin/users?q=list&per_page=100');
    expect(body.total).toBe(130);
    expect(harness.stub.callsTo('GET /admin/identities').length).toBeGreaterThan(1);
    const session = harness.stub.signIn(identityOf('list7@example.org'));
    const found = await harness.admin('get', '/admin/users?q=list7@example.org');
    expect((await withToken(session.secret)).body.uuid).toBe(found.body.items[0].id);
  });

  it('are still listed, as far as they are known, while Kratos is away', async () => {
    const { email } = await makeOne();
    later();
    harness.stub.setFault({ on: 'GET /admin/identities', status: 500 });
    const { body } = await harness.admin('get', `/admin/users?q=${email}`).expect(200);
    expect(body.total).toBe(1);
  });

  it('are made there, with what administrators say of them, and are the same when they sign in', async () => {
    const roles = ['moderator'];
    const person = { email: newEmail(), name: 'Ada', roles };
    const { body } = await harness.admin('post', '/admin/users', person).expect(201);
    const [call] = harness.stub.callsTo('POST /admin/identities');
    const traits = { email: person.email, name: 'Ada' };
    expect(call?.body).toEqual({ schema_id: 'default', state: 'active', traits });
    expect(body).toMatchObject({
      email: person.email,
      roles,
      recovery_url: expect.stringContaining('self-service/recovery'),
    });
    const session = harness.stub.signIn(identityOf(person.email));
    const me = await withToken(session.secret);
    expect([me.body.uuid, me.body.id]).toEqual([body.id, body.idhash]);
  });

  it('keep the idhash that their address makes, as all whom administrators make', async () => {
    const { email, idhash } = await makeOne();
    expect(idhash).toBe(createHash('md5').update(email).digest('hex'));
  });

  it('have their first password sent to Kratos, and kept nowhere here', async () => {
    const password = 'correct horse battery';
    const { identity, id } = await makeOne({ password });
    expect(identity.password).toBe(password);
    const kept = await harness.database.identity.findMany({ where: { userId: id } });
    expect(kept.map(({ provider, passwordHash }) => [provider, passwordHash])).toEqual([['kratos', null]]);
  });

  it.each([
    ['an address that is taken there', { email: 'TAKEN@example.org' }, 409],
    ['a role that does not exist', { roles: ['no such'] }, 400],
  ])('%s: nothing is half made', async (_name, own, status) => {
    if (!harness.stub.findByEmail('taken@example.org'))
      harness.stub.add({ traits: { email: 'taken@example.org' } });
    const before = [harness.stub.identities.size, await harness.database.user.count()];
    const answer = await harness.admin('post', '/admin/users', { email: newEmail(), ...own });
    expect(answer.status).toBe(status);
    expect([harness.stub.identities.size, await harness.database.user.count()]).toEqual(before);
  });

  it('are not made while Kratos is away: 503, and nobody is there', async () => {
    const users = await harness.database.user.count();
    for (const fault of [
      { on: 'POST', status: 500 },
      { on: 'POST', status: 201, body: '<h1>' },
      { on: 'POST', silence: true as const },
    ]) {
      harness.stub.setFault(fault);
      const { status, body } = await harness.admin('post', '/admin/users', { email: newEmail() });
      expect([status, body.code]).toEqual([503, 'unavailable']);
    }
    expect(await harness.database.user.count()).toBe(users);
  });

  it('are there when only their link could not be made, and get one later', async () => {
    harness.stub.setFault({ on: 'recovery', status: 500 });
    const { body } = await harness.admin('post', '/admin/users', { email: newEmail() }).expect(201);
    expect(body.recovery_url).toBeNull();
    expect((await harness.admin('post', `/admin/users/${body.id}/recovery`)).status).toBe(503);
    harness.stub.setFault(undefined);
    expect((await harness.admin('post', `/admin/users/${body.id}/recovery`)).status).toBe(201);
  });

  it('are recovered by a link, or a link and a code, of Kratos; handed on or mailed', async () => {
    const { id, email } = await makeOne();
    const recover = (body: object) => harness.admin('post', `/admin/users/${id}/recovery`, body).expect(201);
    const link = (await recover({})).body;
    expect(link).toMatchObject({ recovery_url: expect.stringContaining('token='), recovery_code: null });
    const code = (await recover({ by: 'code' })).body;
    expect(code).toMatchObject({ recovery_url: expect.any(String), recovery_code: '123456' });
    const mailed = (await recover({ by: 'code', mail: true })).body;
    expect(mailed).toMatchObject({ recovery_url: null, recovery_code: null });
    expect(letters).toMatchObject([{ to: email, text: expect.stringContaining('The code is 123456') }]);
    const log = await harness.admin('get', `/admin/audit?target=${id}&action=link.created`);
    expect(log.body.total).toBe(3);
    expect(JSON.stringify(log.body)).not.toMatch(/123456|token=/);
  });

  it('have their address changed there and here, or nowhere', async () => {
    const { id, identity } = await makeOne();
    const email = newEmail();
    await harness.admin('patch', `/admin/users/${id}`, { email }).expect(200);
    expect(identity.traits.email).toBe(email);
    const { username } = (await harness.admin('get', '/admin/users')).body.items[0];
    const both = await harness.admin('patch', `/admin/users/${id}`, { email: newEmail(), username });
    expect([both.status, identity.traits.email]).toEqual([409, email]);
    const other = await makeOne();
    const taken = await harness.admin('patch', `/admin/users/${id}`, { email: other.email });
    const { body } = await harness.admin('get', `/admin/users/${id}`);
    expect([taken.status, body.email]).toEqual([409, email]);
  });

  it('are recovered here when they are not at Kratos', async () => {
    const administrator = await harness.database.user.findFirstOrThrow({
      where: { email: 'admin@localhost' },
    });
    const { body } = await harness.admin('post', `/admin/users/${administrator.id}/recovery`).expect(201);
    expect(body.recovery_url).toContain('/auth/recovery?link=');
    const code = await harness.admin('post', `/admin/users/${administrator.id}/recovery`, { by: 'code' });
    expect(code.status).toBe(400);
  });
});

describe('what ends here ends there', () => {
  it('a deleted person is deleted at Kratos, soon and until it is done, and does not come back meanwhile', async () => {
    const { id, identity } = await makeOne();
    await harness.admin('delete', `/admin/users/${id}`).expect(204);
    harness.stub.setFault({ on: 'DELETE', status: 500 });
    expect(await tellKratos(harness.database, kratos, logger)).toBe(1);
    expect(await tellKratos(harness.database, kratos, logger)).toBe(0);
    later();
    await harness.admin('get', '/admin/users');
    expect(await harness.database.identity.count({ where: { subject: identity.id } })).toBe(0);
    harness.stub.setFault(undefined);
    await harness.database.kratosTask.updateMany({
      where: { subject: identity.id },
      data: { dueAt: new Date(0) },
    });
    await tellKratos(harness.database, kratos, logger);
    expect(harness.stub.identities.has(identity.id)).toBe(false);
    expect(await tellKratos(harness.database, kratos, logger)).toBe(0);
  });

  it('a session that is ended here is ended at Kratos, and all of a person that are ended at once', async () => {
    const { id, identity } = await makeOne();
    const [one, other, unseen] = [1, 2, 3].map(() => harness.stub.signIn(identity));
    for (const session of [one, other]) await withToken(session?.secret ?? '').expect(200);
    const { body } = await harness.admin('get', `/admin/users/${id}/sessions`);
    expect(body.sessions).toHaveLength(2);
    const row = await harness.database.kratosSession.findUniqueOrThrow({
      where: { kratosId: one?.id ?? '' },
    });
    await harness.admin('delete', `/admin/users/${id}/sessions/${row.sessionId}`).expect(204);
    await tellKratos(harness.database, kratos, logger);
    expect([one, other, unseen].map((session) => session?.active)).toEqual([false, true, true]);
    await harness.admin('delete', `/admin/users/${id}/sessions`).expect(200);
    await tellKratos(harness.database, kratos, logger);
    expect([one, other, unseen].map((session) => session?.active)).toEqual([false, false, false]);
  });

  it('who is shut out loses every session at Kratos', async () => {
    const { id, identity } = await makeOne();
    const session = harness.stub.signIn(identity);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    await harness.admin('post', `/admin/users/${id}/suspension`, { until, reason: 'spam' });
    await tellKratos(harness.database, kratos, logger);
    expect(session.active).toBe(false);
  });

  it('what was done is forgotten after a day, and who was deleted only when Kratos has done it', async () => {
    await harness.database.kratosTask.deleteMany();
    const old = new Date(Date.now() - 40 * 86_400_000);
    await harness.database.kratosTask.createMany({
      data: [
        { kind: 'delete-identity', subject: 'done', createdAt: old, doneAt: old },
        { kind: 'delete-identity', subject: 'open', createdAt: old },
        { kind: 'end-session', subject: 'open', createdAt: old },
      ],
    });
    await forgetKratosTasks(harness.database);
    const left = await harness.database.kratosTask.findMany();
    expect(left.map(({ kind, subject }) => [kind, subject])).toEqual([['delete-identity', 'open']]);
    await harness.database.kratosTask.deleteMany();
  });
});

describe('what ends there ends here', () => {
  const due = () => harness.database.kratosSession.updateMany({ data: { checkedAt: new Date(0) } });

  it('with the tokens that were made from it, also when nobody shows its cookie again', async () => {
    const { identity } = await makeOne();
    const [one, other] = [harness.stub.signIn(identity), harness.stub.signIn(identity)];
    for (const session of [one, other]) await withToken(session.secret).expect(200);
    const [row, otherRow] = await Promise.all(
      [one, other].map(({ id }) =>
        harness.database.kratosSession.findUniqueOrThrow({ where: { kratosId: id } }),
      ),
    );
    one.active = false;
    await due();
    await checkKratosSessions(harness.database, kratos, logger);
    const sessions = await harness.database.session.findMany({
      where: { id: { in: [row?.sessionId ?? '', otherRow?.sessionId ?? ''] } },
    });
    const ended = sessions.map(({ id, revokedAt }) => [id === row?.sessionId, revokedAt !== null]);
    expect(ended.sort()).toEqual([
      [false, false],
      [true, true],
    ]);
    const feed = await harness.database.revocation.findMany({ where: { kind: 'session' } });
    expect(feed.length).toBeGreaterThan(0);
  });

  it('not because Kratos is away, or tells of too many to be sure', async () => {
    const { identity } = await makeOne();
    const session = harness.stub.signIn(identity);
    await withToken(session.secret).expect(200);
    const many = JSON.stringify(
      Array.from({ length: 250 }, (_, index) => ({ id: `other-${index}`, active: true })),
    );
    for (const fault of [{ status: 500 }, { status: 200, body: '<h1>' }, { status: 200, body: many }]) {
      harness.stub.setFault({ on: `${identity.id}/sessions`, ...fault });
      await due();
      await checkKratosSessions(harness.database, kratos, logger);
    }
    harness.stub.setFault(undefined);
    await withToken(session.secret).expect(200);
  });

  it('when the person is gone there', async () => {
    const { identity } = await makeOne();
    const session = harness.stub.signIn(identity);
    await withToken(session.secret).expect(200);
    harness.stub.identities.delete(identity.id);
    await due();
    await checkKratosSessions(harness.database, kratos, logger);
    const { sessionId } = await harness.database.kratosSession.findUniqueOrThrow({
      where: { kratosId: session.id },
    });
    const row = await harness.database.session.findUniqueOrThrow({ where: { id: sessionId } });
    expect(row.revokedAt).not.toBeNull();
  });
});

describe('the command line', () => {
  const run = (...args: string[]) =>
    new Promise<{ status: number; answer: string }>((resolve) => {
      const script = join(import.meta.dirname, '../../dist/commands/auth.js');
      const env = {
        ...{
          PATH: process.env.PATH,
          DATABASE_URL: harness.databaseUrl,
          EXTERNAL_ADDRESS: 'http://127.0.0.1:4000',
        },
        ...{ KRATOS_PUBLIC_URL: harness.stub.publicUrl, KRATOS_ADMIN_URL: harness.stub.adminUrl },
      };
      execFile(process.execPath, [script, ...args], { env }, (error, output, errors) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : 0, answer: output + errors }),
      );
    });

  it('makes, lists, recovers and deletes people at Kratos', async () => {
    const email = newEmail();
    const made = await run('user', 'create', email, '--json');
    expect(made.status).toBe(0);
    const { id, recovery_url } = JSON.parse(made.answer);
    expect([identityOf(email).traits.email, recovery_url]).toEqual([
      email,
      expect.stringContaining('token='),
    ]);
    const direct = harness.stub.add({ traits: { email: newEmail() } });
    expect((await run('user', 'list', '--search', String(direct.traits.email))).answer).toContain(
      String(direct.traits.email),
    );
    expect(JSON.parse((await run('user', 'recover', id, '--code', '--json')).answer).recovery_code).toBe(
      '123456',
    );
    const refused = await run('user', 'setpassword', id);
    expect([refused.status, refused.answer]).toEqual([
      1,
      expect.stringContaining('Ory Kratos keeps this password'),
    ]);
    expect((await run('user', 'delete', id)).status).toBe(0);
    await tellKratos(harness.database, kratos, logger);
    expect(harness.stub.findByEmail(email)).toBeUndefined();
  });
});
