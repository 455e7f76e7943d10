import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { letterBox } from '../src/mail/outbox.ts';
import { createCommandLine } from './command-line.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';
import { makePerson } from './people.ts';

const KEY_ENCRYPTION_KEY = 'mY3nQ7xW1zK9vB5tR2pL8cF4hJ6dS0aG';

let harness: Harness;
let commands: ReturnType<typeof createCommandLine>;

beforeAll(async () => {
  harness = await openHarness({ realTime: true });
  commands = createCommandLine(harness, { ALLOWED_SERVICES: 'reports' });
});

afterAll(() => harness.close());

/** The actions of the command line on one thing, in their order. */
async function audited(target: string): Promise<string[]> {
  const where = { target, requestId: 'command-line' };
  const entries = await harness.database.auditEntry.findMany({ where, orderBy: { at: 'asc' } });
  return entries.map(({ action }) => action);
}

describe('npm run auth -- role', () => {
  it('makes a role, shows and changes what it holds, and deletes it; what is left out stays', async () => {
    const { run, json } = commands;
    const made = { name: 'helper', description: 'Helps', permissions: ['user:read:any'] };
    const given = ['--description', 'Helps', '--permission', 'user:read:any'];
    expect(await json('role', 'set', 'helper', ...given)).toEqual(made);
    const more = ['--permission', 'audit:read:any', '--permission', 'user:read:any'];
    const changed = await json('role', 'set', 'helper', ...more);
    expect(changed).toMatchObject({ description: 'Helps', permissions: ['audit:read:any', 'user:read:any'] });
    expect(await json('role', 'show', 'helper')).toEqual(changed);
    expect((await json('role', 'list')).roles).toContainEqual(changed);
    expect((await run('role', 'permissions')).output).toContain('audit:read:any');
    expect(await json('role', 'set', 'helper', '--permission', '')).toMatchObject({ permissions: [] });
    expect(await json('role', 'delete', 'helper')).toEqual({ name: 'helper', deleted: true });
    expect(await audited('helper')).toEqual(['role.changed', 'role.changed', 'role.changed', 'role.deleted']);
  });

  it('1 for what cannot be, 2 for what says nothing', async () => {
    const { run } = commands;
    for (const [args, status, reason] of [
      [['role', 'set', 'admin', '--description', 'x'], 1, 'cannot be changed'],
      [['role', 'delete', 'user'], 1, 'cannot be deleted'],
      [['role', 'show', 'helpers'], 1, 'There is no role "helpers"'],
      [['role', 'set', 'helper', '--permission', 'fly'], 1, 'fly'],
      [['role', 'set', 'helper'], 2, 'Usage:'],
    ] as const) {
      const ran = await run(...args);
      expect([args, ran.status, ran.errors]).toEqual([args, status, expect.stringContaining(reason)]);
    }
  });
});

describe('npm run auth -- service', () => {
  it('says who may do what there: a person, or everyone', async () => {
    const { run, json } = commands;
    const { id } = await makePerson(harness, 'user');
    const { idhash } = await harness.database.user.findUniqueOrThrow({ where: { id } });
    const aliases = (await json('service', 'list')).services.map(({ alias }: { alias: string }) => alias);
    expect(aliases).toEqual(expect.arrayContaining(['os.datastore', 'reports']));
    const row = { userid: idhash, permissions: { write: true, limit: 5 } };
    const given = ['--permission', 'write', '--permission', 'limit=5'];
    expect(await json('service', 'set', 'reports', id, ...given)).toMatchObject(row);
    await json('service', 'set', 'reports', '--everyone', '--permission', 'read');
    const { items } = await json('service', 'permissions', 'reports');
    expect(items).toMatchObject([{ userid: '*', permissions: { read: true } }, row]);
    await json('service', 'unset', 'reports', '--everyone');
    expect((await run('service', 'permissions', 'reports')).output).toContain('{"limit":5,"write":true}');
    for (const [args, status] of [
      [['service', 'permissions', 'nothing'], 1],
      [['service', 'unset', 'reports', '--everyone'], 1],
      [['service', 'set', 'reports', id], 2],
      [['service', 'set', 'reports', '--permission', 'read'], 2],
      [['service', 'set', 'reports', id, '--everyone', '--permission', 'read'], 2],
      [['service', 'set', 'reports', id, '--permission', 'read=x'], 2],
    ] as const) {
      expect([args, (await run(...args)).status]).toEqual([args, status]);
    }
  });
});

describe('npm run auth -- app, client', () => {
  it('changes what is given and leaves the rest', async () => {
    const { run, json } = commands;
    await json('app', 'create', 'wiki', '--name', 'Wiki', '--url', 'https://wiki.example');
    const app = await json('app', 'update', 'wiki', '--external', '--default-role', 'user');
    expect(app).toMatchObject({ name: 'Wiki', external: true, default_role: 'user' });
    expect(await json('app', 'update', 'wiki', '--no-external')).toMatchObject({ external: false });
    expect((await run('app', 'show', 'wiki')).output).toContain('without a role people are: user');
    const redirect = ['--redirect-uri', 'https://wiki.example/a'];
    await json('client', 'create', 'Wiki', '--id', 'wiki', '--app', 'wiki', ...redirect);
    const client = await json('client', 'update', 'wiki', '--redirect-uri', 'https://wiki.example/b');
    expect(client).toMatchObject({ client_name: 'Wiki', redirect_uris: ['https://wiki.example/b'] });
    expect(client).not.toHaveProperty('client_secret');
    const alone = await json('client', 'update', 'wiki', '--app', '', '--name', 'The wiki');
    expect(alone).toMatchObject({ app: null, client_name: 'The wiki' });
    expect(await json('client', 'show', 'wiki')).toEqual(alone);
    for (const [args, status] of [
      [['app', 'update', 'wiki'], 2],
      [['app', 'update', 'wiki', '--external', '--no-external'], 2],
      [['app', 'update', 'nothing', '--name', 'x'], 1],
      [['app', 'show', 'nothing'], 1],
      [['client', 'update', 'wiki'], 2],
      [['client', 'update', 'wiki', '--redirect-uri', 'http://wiki.example/'], 1],
      [['client', 'show', 'nothing'], 1],
    ] as const) {
      expect([args, (await run(...args)).status]).toEqual([args, status]);
    }
  });
});

describe('npm run auth -- user create|recover --mail', () => {
  it('leaves the letter to the service, which alone sees the link', async () => {
    const mail = { KEY_ENCRYPTION_KEY, SMTP_URL: 'smtp://127.0.0.1:1' };
    const { json } = createCommandLine(harness, mail);
    const made = await json('user', 'create', 'mia@example.org', '--mail');
    expect(made).not.toHaveProperty('recovery_url');
    expect(await json('user', 'recover', 'mia', '--mail')).toMatchObject({ recovery_url: null });
    const box = letterBox(KEY_ENCRYPTION_KEY);
    const letters = await harness.database.letter.findMany({ orderBy: { createdAt: 'asc' } });
    const texts = letters.map(({ id, sealedLetter }) =>
      JSON.parse(Buffer.from(box.open(sealedLetter, id)).toString()),
    );
    expect(texts).toMatchObject([
      { to: 'mia@example.org', subject: 'Your account' },
      { to: 'mia@example.org', text: expect.stringContaining(`${ORIGIN}/auth/recovery?link=`) },
    ]);
  });

  it('1 where no mail is sent, and nobody is made', async () => {
    const { run } = commands;
    expect(await run('user', 'create', 'ned@example.org', '--mail')).toMatchObject({
      status: 1,
      errors: expect.stringContaining('SMTP_URL'),
    });
    expect((await run('user', 'show', 'ned')).status).toBe(1);
    expect((await run('user', 'create', 'ned@example.org', '--mail', '--password')).status).toBe(2);
  });
});

describe('npm run auth -- word, report', () => {
  it('keeps the list of words', async () => {
    const { run, json } = commands;
    const { id } = await json('word', 'add', 'nincompoop');
    await json('word', 'add', 'Nincompoop River', '--allowed');
    expect((await json('word', 'list')).total).toBe(2);
    expect((await run('word', 'list', '--allowed')).output).toMatch(
      /^\S+ {2}Nincompoop River {2}\(let stand\)\n$/,
    );
    expect((await run('word', 'add', 'NINCÓMPOOP')).status).toBe(1);
    expect(await json('word', 'delete', id)).toEqual({ id, deleted: true });
    expect((await run('word', 'delete', id)).status).toBe(1);
    expect((await run('word', 'delete', 'nincompoop')).status).toBe(1);
  });

  it('lists reports, dismisses and closes them, hides and shows', async () => {
    const { run, json } = commands;
    const people = [await makePerson(harness, 'user'), await makePerson(harness, 'user')];
    const ids = await Promise.all(
      people.map(async ({ id: reporterId }) => {
        const report = {
          id: randomUUID(),
          kind: 'package',
          target: 'ann:budget',
          reason: 'Spam',
          reporterId,
        };
        return (await harness.database.report.create({ data: report })).id;
      }),
    );
    const [first = '', second = ''] = ids;
    expect(await json('report', 'list', '--type', 'package')).toMatchObject({ total: 2 });
    expect((await run('report', 'show', first)).output).toContain(
      'package ann:budget  "Spam"  (open, 2 open of it)',
    );
    expect(await json('report', 'close', first, '--hide')).toMatchObject({ closed: true, hidden: true });
    const dismissed = await json('report', 'dismiss', second, '--show');
    expect(dismissed).toMatchObject({ dismissed: true, hidden: false, handled_by: null });
    expect(await audited(first)).toEqual(['report.closed']);
    expect((await json('report', 'list', '--state', 'all')).total).toBe(2);
    for (const [args, status] of [
      [['report', 'dismiss', second], 1],
      [['report', 'show', randomUUID()], 1],
      [['report', 'list', '--state', 'lost'], 1],
      [['report', 'close', second, '--hide', '--show'], 2],
    ] as const) {
      expect([args, (await run(...args)).status]).toEqual([args, status]);
    }
  });
});
