import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createBrowser } from './browser.ts';
import { createCommandLine } from './command-line.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

let harness: Harness;
let run: ReturnType<typeof createCommandLine>['run'];
let runWith: ReturnType<typeof createCommandLine>['runWith'];
let json: ReturnType<typeof createCommandLine>['json'];

beforeAll(async () => {
  harness = await openHarness({ realTime: true });
  ({ run, runWith, json } = createCommandLine(harness));
});

afterAll(() => harness.close());

describe('npm run auth -- user', () => {
  it('makes a person, shows, changes, lists and deletes them, all of it in the audit log', async () => {
    const made = await json('user', 'create', 'ann@example.org', '--name', 'Ann', '--role', 'moderator');
    expect(made).toMatchObject({ username: 'ann', name: 'Ann', roles: ['moderator'] });
    expect(made.recovery_url).toContain(`${ORIGIN}/auth/recovery?link=`);
    for (const name of [made.id, 'ann', 'ANN@example.org']) {
      expect((await json('user', 'show', name)).id).toBe(made.id);
    }
    const changed = await json('user', 'update', 'ann', '--username', 'anna', '--name', '');
    expect(changed).toMatchObject({ username: 'anna', name: null });
    expect(await json('user', 'list', '--search', 'ANN@', '--role', 'moderator')).toMatchObject({
      total: 1,
      items: [{ id: made.id }],
    });
    expect((await run('user', 'list')).output).toContain('anna');
    expect(await json('user', 'delete', 'anna')).toEqual({ id: made.id, deleted: true });
    const entries = await harness.database.auditEntry.findMany({
      where: { target: made.id },
      orderBy: { at: 'asc' },
    });
    expect(entries.map(({ action, actor, requestId }) => [action, actor, requestId])).toEqual(
      ['user.created', 'user.changed', 'user.deleted'].map((action) => [action, null, 'command-line']),
    );
  });

  it('reads passwords from standard input, and they sign the person in', async () => {
    const first = await runWith('correct horse battery\n', 'user', 'create', 'bob@example.org', '--password');
    expect(first).toMatchObject({ status: 0, errors: '' });
    expect(first.output).not.toContain('recovery');
    const signIn = async (password: string) => {
      const browser = createBrowser(harness.app);
      await browser.get('/auth/login');
      return (await browser.submit('/auth/login', { email: 'bob@example.org', password })).status;
    };
    expect(await signIn('correct horse battery')).toBe(303);
    const second = await runWith('another good one', 'user', 'setpassword', 'bob');
    expect(second).toMatchObject({ status: 0, errors: '' });
    expect([await signIn('correct horse battery'), await signIn('another good one')]).toEqual([401, 303]);
    expect((await runWith('short', 'user', 'setpassword', 'bob')).status).toBe(1);
    expect((await run('user', 'recover', 'bob')).output).toContain('/auth/recovery?link=');
  });

  it('shuts somebody out, lets them in again, and hands over what is kept of them', async () => {
    const { id } = await json('user', 'create', 'eve@example.org');
    await harness.userTokenFor(id);
    const why = ['--reason', 'Spam'];
    const suspended = await json('user', 'suspend', 'eve', '--until', '2099-01-31', ...why);
    expect(suspended).toEqual({ id, until: '2099-01-31T00:00:00.000Z', reason: 'Spam' });
    expect((await json('session', 'list', 'eve')).sessions).toEqual([]);
    expect((await run('user', 'list', '--search', 'eve@')).output).toContain('shut out');
    expect((await run('user', 'suspend', 'eve', '--until', '1999-01-01', ...why)).status).toBe(1);
    expect((await run('user', 'suspend', 'eve', ...why)).status).toBe(1);
    expect((await json('user', 'lift', 'eve')).id).toBe(id);
    expect((await run('user', 'lift', 'eve')).status).toBe(1);
    expect((await json('user', 'export', 'eve')).profile).toMatchObject({ uuid: id });
    const log = await json('audit', 'list', '--target', id, '--action', 'user.', '--from', '2000-01-01');
    expect(log.items.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['user.suspended', 'user.created']),
    );
    expect((await json('audit', 'list', '--target', id, '--until', '2000-01-01')).total).toBe(0);
    expect((await run('audit', 'list', '--target', id)).output).toContain('by command-line');
    expect((await run('audit', 'list', '--actor', 'x')).status).toBe(1);
    expect((await run('audit', 'delete')).status).toBe(2);
  });

  it('gives roles here and in applications', async () => {
    await json('user', 'create', 'cat@example.org');
    expect((await json('user', 'setrole', 'cat', 'user', 'moderator')).roles).toEqual(['moderator', 'user']);
    await json('app', 'create', 'wiki', '--name', 'Wiki', '--url', 'https://wiki.example');
    expect(await json('user', 'setrole', 'cat', '--app', 'wiki', 'admin')).toMatchObject({
      app: 'wiki',
      app_role: 'admin',
    });
    expect((await json('app', 'roles', 'wiki')).items).toMatchObject([{ username: 'cat', role: 'admin' }]);
    expect((await run('user', 'setrole', 'cat', 'emperor')).errors).toBe('✗ There is no role "emperor"\n');
  });

  it('1 where it cannot, with the reason alone; 2 where it was called wrongly, with the help', async () => {
    for (const [args, reason] of [
      [['user', 'show', 'nobody'], '✗ Nobody is called "nobody"\n'],
      [['user', 'create', 'admin@localhost'], '✗ A local account has this e-mail address already\n'],
      [['user', 'delete', 'admin@localhost'], '✗ This is the last administrator\n'],
      [['client', 'delete', 'nothing'], '✗ There is no such client\n'],
    ] as const) {
      expect(await run(...args)).toEqual({ status: 1, output: '', errors: reason });
    }
    for (const args of [
      ['user', 'fly'],
      ['user', 'setrole', 'cat'],
      ['user', 'list', '--page', 'x'],
      ['user', 'update', 'cat'],
      ['session', 'revoke'],
      ['user', 'list', '--password=secret'],
    ]) {
      const { status, errors } = await run(...args);
      expect([args, status, errors.includes('Usage:')]).toEqual([args, 2, true]);
    }
  });
});

describe('npm run auth -- session, app, client', () => {
  it('D17: ends one session, or all of a person', async () => {
    const { id } = await json('user', 'create', 'dan@example.org');
    const sessions = [await harness.userTokenFor(id), await harness.userTokenFor(id)];
    expect((await json('session', 'list', 'dan')).sessions).toHaveLength(2);
    expect(await json('session', 'revoke', 'dan', sessions[0]?.sessionId ?? '')).toEqual({ ended: 1 });
    expect((await run('session', 'revoke', 'dan')).output).toBe('one session has ended\n');
    expect((await run('session', 'revoke', 'dan', 'x')).status).toBe(1);
  });

  it('registers applications and clients, shows a secret once, and removes them', async () => {
    const app = ['app', 'create', 'cloud', '--name', 'Cloud', '--url', 'https://cloud.example', '--external'];
    expect(await json(...app)).toMatchObject({ slug: 'cloud', external: true, default_role: 'no access' });
    expect((await json('app', 'list')).items).toContainEqual(expect.objectContaining({ slug: 'cloud' }));
    const redirect = ['--redirect-uri', 'https://cloud.example/callback'];
    const client = await json('client', 'create', 'Cloud', '--id', 'cloud', '--app', 'cloud', ...redirect);
    expect(client).toMatchObject({ client_id: 'cloud', app: 'cloud', client_secret: expect.any(String) });
    const rotated = await json('client', 'rotate-secret', 'cloud');
    expect(rotated.client_secret).not.toBe(client.client_secret);
    const list = await run('client', 'list', '--json');
    expect(list.output).toContain('"client_id":"cloud"');
    expect(list.output).not.toContain(rotated.client_secret);
    const page = await json('client', 'create', 'Page', '--kind', 'browser', ...redirect);
    expect(page.client_secret).toBeUndefined();
    expect((await run('client', 'create', 'X', '--kind', 'browser')).errors).toContain('redirect_uris');
    expect((await run('client', 'delete', page.client_id)).output).toBe(`${page.client_id} is gone\n`);
    await json('app', 'delete', 'cloud');
    expect((await json('client', 'list')).total).toBe(0);
  });
});
