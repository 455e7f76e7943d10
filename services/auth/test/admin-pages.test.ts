import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Letter } from '../src/mail/mailer.ts';
import { createSession } from '../src/sessions/session.ts';
import { createBrowser, type TestBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

let harness: Harness;
let administrator: string;
const letters: Letter[] = [];

beforeAll(async () => {
  harness = await openHarness({ signIn: { sendMail: async (letter) => void letters.push(letter) } });
  administrator = (await harness.database.userRole.findFirstOrThrow({ where: { role: 'admin' } })).userId;
});

afterAll(() => harness.close());

/** A browser in which this person signed in just now, or long ago. */
async function browserOf(userId: string, signedInMinutesAgo = 0): Promise<TestBrowser> {
  const { session, cookie } = createSession(harness.clock.now);
  const authenticatedAt = new Date(harness.clock.now.getTime() - signedInMinutesAgo * 60_000);
  await harness.database.session.create({ data: { ...session, userId, authenticatedAt } });
  const browser = createBrowser(harness.app);
  browser.cookies.set('flyloft_session', cookie);
  return browser;
}

async function person(email: string, ...roles: string[]): Promise<{ id: string; username: string }> {
  const { body } = await request(harness.app)
    .post('/admin/users')
    .set('Authorization', `Bearer ${harness.adminToken}`)
    .send({ email, roles: roles.length > 0 ? roles : ['user'] })
    .expect(201);
  return body;
}

const pathsOfPages = async (): Promise<string[]> => {
  const { body } = await request(harness.app).get('/openapi.json').expect(200);
  return Object.keys(body.paths).filter((path) => path === '/admin' || path.startsWith('/admin/pages/'));
};

describe('pages of administration', () => {
  it('D22 D25: lead strangers to the sign-in page and back, and say 403 to who holds no right', async () => {
    const { id } = await person('nobody@example.org');
    const stranger = createBrowser(harness.app);
    const user = await browserOf(id);
    const paths = await pathsOfPages();
    expect(paths.length).toBeGreaterThanOrEqual(4);
    for (const template of paths) {
      const path = template.replaceAll(/\{\w+\}/g, administrator);
      const asked = await stranger.get(path);
      expect([path, asked.status, asked.headers.location]).toEqual([
        path,
        302,
        `/auth/login?${new URLSearchParams({ next: path })}`,
      ]);
      const refused = await user.get(path);
      expect([path, refused.status, refused.type]).toEqual([path, 403, 'text/html']);
    }
  });

  it('D18: do nothing for a form from elsewhere, without its token, or with that of another session', async () => {
    const { id } = await person('forged@example.org');
    const browser = await browserOf(administrator);
    const path = `/admin/pages/users/${id}`;
    await browser.get(path);
    const form = { action: 'roles', 'role:moderator': 'yes' };
    const attempts: [object, Record<string, string>][] = [
      [{}, { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
      [{ csrf_token: '' }, {}],
      [{ csrf_token: 'x'.repeat(43) }, {}],
    ];
    for (const [fields, headers] of attempts) {
      expect((await browser.submit(path, { ...form, ...fields }, headers)).status).toBe(403);
      await browser.get(path);
    }
    expect((await browser.submit(path, form)).status).toBe(303);
  });

  it('D17: ask for a fresh sign-in before what is dangerous, and nothing is done before', async () => {
    const { id } = await person('careful@example.org');
    const browser = await browserOf(administrator, 16);
    const path = `/admin/pages/users/${id}`;
    await browser.get(path);
    const { status, headers } = await browser.submit(path, { action: 'roles', 'role:moderator': 'yes' });
    expect([status, headers.location]).toEqual([
      303,
      `/auth/login?${new URLSearchParams({ reason: 'again', next: path })}`,
    ]);
    expect((await harness.stores.users.find(id))?.roles).toEqual(['user']);
  });

  it('are what opens in a browser at the addresses of the API, which stays as it is for programs', async () => {
    const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const browser = await browserOf(administrator);
    expect((await browser.get('/admin/users', html)).headers.location).toBe('/admin/pages/users');
    await request(harness.app).get('/admin/users').expect(401);
    await request(harness.app)
      .get('/admin/users')
      .set({ ...html, Authorization: `Bearer ${harness.adminToken}` })
      .expect(200)
      .expect('Content-Type', /json/);
  });
});

describe('the pages of people', () => {
  it('search and page, with what was searched for escaped and kept', async () => {
    for (let index = 0; index < 21; index += 1) await person(`many${index}@example.org`, 'moderator');
    const browser = await browserOf(administrator);
    const { text } = await browser.get('/admin/pages/users?q=MANY&role=moderator');
    expect(text).toContain('21 entries, page 1 of 2');
    expect(text).toContain('href="/admin/pages/users?q=MANY&amp;role=moderator&amp;page=2"');
    const second = await browser.get('/admin/pages/users?q=MANY&role=moderator&page=2');
    expect(second.text.match(/many\d+@example.org/g)).toHaveLength(1);
    const odd = await browser.get('/admin/pages/users?q=%3Cscript%3E&page=x');
    expect(odd.text).toContain('value="&lt;script&gt;"');
    expect(odd.text).toContain('Nobody.');
    expect((await browser.get(`/admin/pages/users?q=${'%00'}`)).status).toBe(400);
  });

  it('make a person with roles and show the link once, or invite one by mail', async () => {
    const browser = await browserOf(administrator);
    const path = '/admin/pages/new-user';
    await browser.get(path);
    const form = { action: 'create', email: 'made@example.org', name: 'Made Here', link: 'show' };
    const made = await browser.submit(path, { ...form, 'role:moderator': 'yes', 'role:user': 'yes' });
    expect(made.text).toContain(`${ORIGIN}/auth/recovery?link=`);
    await browser.get(path);
    const invited = await browser.submit(path, { ...form, email: 'asked@example.org', link: 'mail' });
    expect(invited.text).toContain('A link was mailed to asked@example.org');
    expect(invited.text).not.toContain('?link=');
    expect(letters.at(-1)?.to).toBe('asked@example.org');
    const { entries } = await harness.stores.people.list({ text: 'made@' }, { page: 1, per_page: 1 });
    expect(entries[0]).toMatchObject({ name: 'Made Here', roles: ['moderator', 'user'] });
    await browser.get(path);
    const taken = await browser.submit(path, form);
    expect(taken.status).toBe(409);
    expect(taken.text).toContain('A local account has this e-mail address already');
    expect(taken.text).toContain('value="made@example.org"');
    await browser.get(path);
    const wrong = await browser.submit(path, { ...form, email: 'nobody' });
    expect([wrong.status, wrong.text.includes('This is not right: email')]).toEqual([400, true]);
  });

  it('say what is wrong with a form in words that are no program’s', async () => {
    const browser = await browserOf(administrator);
    const { id } = await person('words@example.org');
    for (const [path, fields, said] of [
      ['new-user', { action: 'create', email: 'x' }, 'email: is no e-mail address'],
      ['new-user', { action: 'create' }, 'email: is missing'],
      [`users/${id}`, { action: 'suspend' }, 'until: is missing; reason: is missing'],
      ['roles', { action: 'create', name: 'Ä', description: 'x' }, 'name: is lower-case letters'],
      [
        'roles',
        { action: 'create', name: 'a', description: 'x'.repeat(201) },
        'has more than 200 characters',
      ],
      ['apps', { action: 'create', slug: 'a', name: 'A', url: 'x' }, 'url: is no address'],
      [
        'clients',
        { action: 'create', client_name: 'A', kind: 'web', redirect_uris: 'https://a.example\nx' },
        'redirect uris, line 2: is not an address',
      ],
    ] as const) {
      await browser.get(`/admin/pages/${path}`);
      const { status, text } = await browser.submit(`/admin/pages/${path}`, { ...fields });
      expect([path, status]).toEqual([path, 400]);
      expect(text).toContain(said);
    }
  });

  it('change, suspend, let in, sign out, export and delete a person', async () => {
    const { id, username } = await person('whole@example.org');
    const { sessionId } = await harness.userTokenFor(id);
    const browser = await browserOf(administrator);
    const path = `/admin/pages/users/${id}`;
    const act = async (action: string, fields: Record<string, string> = {}) => {
      await browser.get(path);
      return browser.submit(path, { action, ...fields });
    };
    const find = async () => harness.stores.users.find(id);
    const profile = { name: 'Whole', username: 'entire', email: 'entire@example.org' };
    expect((await act('change', profile)).headers.location).toBe(`${path}?done=change`);
    expect((await browser.get(`${path}?done=change`)).text).toContain('The profile is saved.');
    expect(await find()).toMatchObject(profile);
    await act('roles', { 'role:moderator': 'yes', 'role:new user': 'yes' });
    expect((await find())?.roles).toEqual(['moderator', 'new user']);
    expect((await act('end-session', { session: sessionId })).status).toBe(303);
    expect((await act('end-session', { session: sessionId })).status).toBe(404);
    expect((await act('recover', { link: 'show' })).text).toContain('/auth/recovery?link=');
    expect((await act('suspend', { until: '2099-01-01', reason: 'spam' })).status).toBe(303);
    expect((await find())?.suspendedUntil).toEqual(new Date('2099-01-01'));
    const past = await act('suspend', { until: '1999-01-01', reason: 'spam' });
    expect([past.status, past.text.includes('must lie in the future')]).toEqual([400, true]);
    expect((await act('lift')).status).toBe(303);
    expect(JSON.parse((await act('export')).text).profile.uuid).toBe(id);
    const slip = await act('delete', { typed: username });
    expect([slip.status, slip.text.includes('Nothing was deleted')]).toEqual([400, true]);
    expect((await act('delete', { typed: 'entire' })).headers.location).toBe('/admin/pages/users');
    expect(await find()).toBeUndefined();
    expect((await browser.get(path)).status).toBe(404);
  });

  it('D22: show a moderator what moderators may, and refuse the rest whatever is sent', async () => {
    const moderator = await person('moderator@example.org', 'moderator');
    const { id } = await person('subject@example.org');
    const browser = await browserOf(moderator.id);
    const { text } = await browser.get(`/admin/pages/users/${id}`);
    expect(text).toContain('Shut out until');
    expect(text).not.toContain('value="delete"');
    const path = `/admin/pages/users/${id}`;
    expect((await browser.submit(path, { action: 'delete', typed: 'subject' })).status).toBe(403);
    await browser.get(`/admin/pages/users/${administrator}`);
    const higher = await browser.submit(`/admin/pages/users/${administrator}`, {
      ...{ action: 'suspend', until: '2099-01-01', reason: 'x' },
    });
    expect(higher.status).toBe(403);
  });
});

describe('the other pages', () => {
  const sendAs =
    (browser: TestBrowser, path: string) => async (action: string, fields: Record<string, string>) => {
      await browser.get(path);
      return browser.submit(path, { action, ...fields });
    };

  it('make a role, say what it holds, and delete it', async () => {
    const browser = await browserOf(administrator);
    const make = sendAs(browser, '/admin/pages/roles');
    const path = '/admin/pages/roles/press%20office';
    const made = await make('create', { name: 'press office', description: 'Writes' });
    expect(made.headers.location).toBe(path);
    expect((await make('create', { name: 'press office', description: 'x' })).status).toBe(409);
    expect((await make('create', { name: 'PRESS', description: 'x' })).status).toBe(400);
    const change = sendAs(browser, path);
    await change('change', { description: 'Writes', 'permission:user:read:any': 'yes' });
    const roles = await harness.stores.people.roles();
    expect(roles.find(({ name }) => name === 'press office')?.permissions).toEqual(['user:read:any']);
    expect((await change('delete', { typed: 'press office' })).headers.location).toBe('/admin/pages/roles');
    expect((await browser.get(path)).status).toBe(404);
    const { text } = await browser.get('/admin/pages/roles/admin');
    expect(text).toContain('This role stays as it is');
  });

  it('register an application, say who is what there, and a client whose secret is shown once', async () => {
    const { id } = await person('reader@example.org');
    const browser = await browserOf(administrator);
    const fields = { name: 'Wiki', url: 'https://wiki.example', default_role: 'user', external: 'yes' };
    const made = await sendAs(browser, '/admin/pages/apps')('create', { slug: 'wiki', ...fields });
    expect(made.headers.location).toBe('/admin/pages/apps/wiki');
    const app = sendAs(browser, '/admin/pages/apps/wiki');
    expect((await app('role', { person: 'reader', role: 'admin' })).status).toBe(303);
    expect(await harness.stores.apps.roleGiven('wiki', id)).toBe('admin');
    expect((await app('role', { person: 'no such person', role: 'admin' })).status).toBe(400);
    await app('change', { ...fields, name: 'Our wiki', external: '' });
    expect(await harness.stores.apps.find('wiki')).toMatchObject({ name: 'Our wiki', external: false });
    const redirect_uris = 'https://wiki.example/a\r\nhttps://wiki.example/b\r\n';
    const client = { client_name: 'Wiki', kind: 'web', app: 'wiki', redirect_uris };
    const shown = await sendAs(browser, '/admin/pages/clients')('create', client);
    const [clientId = '', secret = ''] = [...shown.text.matchAll(/<code>([^<]+)</g)].map(([, code]) => code);
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect((await harness.stores.clients.find(clientId))?.metadata.redirect_uris).toHaveLength(2);
    const path = `/admin/pages/clients/${clientId}`;
    expect((await browser.get(path)).text).not.toContain(secret);
    const rotated = await sendAs(browser, path)('rotate', {});
    expect(rotated.text).not.toContain(secret);
    const wrong = await sendAs(browser, path)('change', { client_name: 'W', redirect_uris: 'javascript:x' });
    expect([wrong.status, wrong.text.includes('redirect uris')]).toEqual([400, true]);
    expect((await sendAs(browser, path)('delete', { typed: clientId })).status).toBe(303);
    expect((await app('delete', { typed: 'wiki' })).headers.location).toBe('/admin/pages/apps');
  });

  it('say what people may do at services, and rotate keys when it is time', async () => {
    const { id } = await person('clerk@example.org');
    const idhash = (await harness.stores.users.find(id))?.idhash ?? '';
    const browser = await browserOf(administrator);
    const service = sendAs(browser, '/admin/pages/services/data-sets');
    const permissions = 'write\ngroups=["parks"]';
    expect((await service('set', { person: 'clerk', permissions })).status).toBe(303);
    expect((await harness.stores.permissions.find(idhash, 'data-sets')).own).toEqual({
      write: true,
      groups: ['parks'],
    });
    expect((await service('set', { person: 'clerk', permissions: 'groups=parks' })).status).toBe(400);
    expect((await service('remove', { userid: idhash })).status).toBe(303);
    expect((await browser.get('/admin/pages/services/nowhere')).status).toBe(404);
    const keys = sendAs(browser, '/admin/pages/keys');
    const early = await keys('rotate', {});
    expect([early.status, early.text.includes('Verifiers may not know the next key yet')]).toEqual([
      409,
      true,
    ]);
    expect((await keys('rotate', { force: 'yes' })).headers.location).toBe('/admin/pages/keys?done=rotate');
    expect((await keys('retire', { kid: 'nothing' })).status).toBe(404);
  });

  it('show the audit log by who, what, whom and when', async () => {
    const { id } = await person('traced@example.org');
    const browser = await browserOf(administrator);
    const { text } = await browser.get(`/admin/pages/audit?target=${id}&action=user.&from=2000-01-01`);
    expect(text).toContain('One entry');
    expect(text).toContain('user.created');
    expect((await browser.get(`/admin/pages/audit?target=${id}&until=2000-01-01`)).text).toContain(
      'Nothing.',
    );
    for (const wrong of ['actor=x', 'from=x', 'action=x']) {
      expect((await browser.get(`/admin/pages/audit?${wrong}`)).status).toBe(400);
    }
  });
});
