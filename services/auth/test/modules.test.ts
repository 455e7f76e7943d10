import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@flyloft/service-kit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import request from 'supertest';
import { loadExtensions } from '../src/extensions/extensions.ts';
import { loadPermissionModules } from '../src/permissions/permission-modules.ts';
import { forgetEvents, tellExtensions } from '../src/postgres/extension-events.ts';
import { type Harness, openHarness } from './harness.ts';

const logger = createLogger('auth', 'silent');
let folder: string;
let harness: Harness | undefined;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flyloft-modules-'));
});

afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function moduleOf(code: string): Promise<string> {
  count += 1;
  const path = join(folder, `module${count}.mjs`);
  await writeFile(path, code);
  return path;
}

const authorize = ({ app, adminToken }: Harness, service: string) =>
  request(app).get(`/auth/authorize?service=${service}`).set('Authorization', `Bearer ${adminToken}`);

async function openWith(code: string): Promise<Harness> {
  const services = [{ alias: 'world', module: await moduleOf(code) }];
  const permissionModules = await loadPermissionModules(services);
  harness = await openHarness({ allowedServices: ['world'], permissionModules });
  return harness;
}

describe('a permission module', () => {
  it('decides alone for its service, and is given a frozen copy of the person', async () => {
    const opened = await openWith(`export async function getPermissions(service, user) {
      if (!Object.isFrozen(user)) throw new Error('not frozen');
      return { [service]: true, for: user.id };
    }`);
    const { body } = await authorize(opened, 'world').expect(200);
    expect(body.permissions).toEqual({ world: true, for: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(decodeJwt(body.token).permissions).toEqual(body.permissions);
    expect((await authorize(opened, 'data-sets')).body.permissions.admin).toBe(true);
  });

  it('under its older name get_permissions does the same', async () => {
    const opened = await openWith('export const get_permissions = () => ({ old: true });');
    expect((await authorize(opened, 'world').expect(200)).body.permissions).toEqual({ old: true });
  });

  it.each([
    ['throws', 'export const getPermissions = () => { throw new Error("secret reason"); };'],
    ['answers nothing', 'export const getPermissions = () => undefined;'],
    ['answers a list', 'export const getPermissions = () => ["write"];'],
    ['never answers', 'export const getPermissions = () => new Promise(() => {});'],
  ])('503, never an empty set and no token, when it %s', async (_name, code) => {
    const answer = await authorize(await openWith(code), 'world').expect(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.text).not.toContain('secret');
  });

  it('that cannot be loaded, or exports nothing of use, keeps auth from starting', async () => {
    const missing = [{ alias: 'world', module: './nowhere.mjs' }];
    await expect(loadPermissionModules(missing)).rejects.toThrow(/ALLOWED_SERVICES.*nowhere/s);
    const useless = [{ alias: 'world', module: await moduleOf('export const other = 1;') }];
    await expect(loadPermissionModules(useless)).rejects.toThrow('getPermissions');
    await expect(loadExtensions(['./nowhere.mjs'], logger)).rejects.toThrow('INSTALLED_EXTENSIONS');
  });
});

describe('extensions', () => {
  async function tell(opened: Harness, ...codes: string[]) {
    const names = await Promise.all(codes.map(moduleOf));
    const extensions = await loadExtensions(names, logger);
    return () => tellExtensions(opened.database, extensions, logger);
  }

  it('are told after commit of people and sign-ins in order, by either name, with a frozen copy', async () => {
    harness = await openHarness();
    const log = join(folder, 'told.txt');
    const told = await tell(
      harness,
      `import { appendFile } from 'node:fs/promises';
       const write = (event) => (person) =>
         appendFile(${JSON.stringify(log)}, JSON.stringify([event, person.username, Object.isFrozen(person)]) + '\\n');
       export const onNewUser = write('new');
       export const on_user_login = write('login');
       export const onUserLogout = write('logout');
       export const on_user_deleted = write('deleted');`,
    );
    const { database } = harness;
    const { body } = await request(harness.app)
      .post('/admin/users')
      .set('Authorization', `Bearer ${harness.adminToken}`)
      .send({ email: 'maria@example.org' });
    const { sessionId } = await harness.userTokenFor(body.id);
    await database.session.update({ where: { id: sessionId }, data: { revokedAt: new Date() } });
    await database.user.delete({ where: { id: body.id } });
    // what is rolled back is told to nobody
    await database
      .$transaction(async (queries) => {
        await queries.user.deleteMany();
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect(await told()).toBe(5);
    expect(await told()).toBe(0);
    const lines = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      ['new', expect.any(String), true],
      ['new', 'maria', true],
      ['login', 'maria', true],
      ['logout', 'maria', true],
      ['deleted', 'maria', true],
    ]);
  });

  it('that fail are told again later, hold up nobody else, and are given up after ten times', async () => {
    harness = await openHarness();
    const { database } = harness;
    const told = await tell(harness, 'export const onNewUser = () => { throw new Error("down"); };');
    expect(await told()).toBe(1);
    expect(await told()).toBe(0);
    const [event] = await database.extensionEvent.findMany();
    expect(event?.attempts).toBe(1);
    expect(event?.dueAt.getTime()).toBeGreaterThan(Date.now());
    await database.extensionEvent.updateMany({ data: { attempts: 9, dueAt: new Date(0) } });
    expect(await told()).toBe(1);
    expect(await database.extensionEvent.count()).toBe(0);
  });

  it('of two replicas, each event is told by one', async () => {
    harness = await openHarness();
    const log = join(folder, 'once.txt');
    const code = `import { appendFile } from 'node:fs/promises';
      export const onUserLogin = () => appendFile(${JSON.stringify(log)}, 'x');`;
    const [one, other] = [await tell(harness, code), await tell(harness, code)];
    const { id } = await harness.database.user.findFirstOrThrow();
    for (let session = 0; session < 10; session += 1) await harness.userTokenFor(id);
    await Promise.all([one(), other()]);
    while ((await one()) > 0);
    expect(await readFile(log, 'utf8')).toBe('x'.repeat(10));
  });

  it('that are not installed leave no events behind for longer than a day', async () => {
    harness = await openHarness();
    await forgetEvents(harness.database);
    expect(await harness.database.extensionEvent.count()).toBe(1);
    await harness.database.extensionEvent.updateMany({
      data: { createdAt: new Date(Date.now() - 90_000_000) },
    });
    await forgetEvents(harness.database);
    expect(await harness.database.extensionEvent.count()).toBe(0);
  });

  it('add claims of their own names only; one that breaks the rule or fails adds none and blocks nothing', async () => {
    const good = `export const beforeIssue = (person, service) => ({ 'https://example.org/team': service });`;
    const bad = `export const before_issue = () => ({ permissions: { admin: true }, sub: 'somebody' });`;
    const failing = `export const beforeIssue = () => { throw new Error('down'); };`;
    const extensions = await loadExtensions(await Promise.all([good, bad, failing].map(moduleOf)), logger);
    harness = await openHarness({ extensions });
    const { body } = await authorize(harness, 'data-sets').expect(200);
    const claims = decodeJwt(body.token);
    expect(claims['https://example.org/team']).toBe('data-sets');
    expect(claims.sub).not.toBe('somebody');
    expect(claims.permissions).toEqual(body.permissions);
  });
});
