import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSession } from '../src/sessions/session.ts';
import { createBrowser, type TestBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';
import { makePerson, sender, type TestPerson } from './people.ts';

// What everything under /admin/pages promises (sign-in, rights, forms) is in admin-pages.test.ts.
let harness: Harness;
let send: ReturnType<typeof sender>;
let moderator: TestPerson;
let ann: TestPerson;
let bob: TestPerson;

beforeAll(async () => {
  harness = await openHarness();
  send = sender(harness);
  moderator = await makePerson(harness, 'moderator');
  ann = await makePerson(harness, 'user');
  bob = await makePerson(harness, 'user');
});

afterAll(() => harness.close());

async function browserOf(userId: string): Promise<TestBrowser> {
  const { session, cookie } = createSession(harness.clock.now);
  await harness.database.session.create({ data: { ...session, userId } });
  const browser = createBrowser(harness.app);
  browser.cookies.set('flyloft_session', cookie);
  return browser;
}
const administrator = async () =>
  (await harness.database.userRole.findFirstOrThrow({ where: { role: 'admin' } })).userId;

describe('/admin/pages/reports', () => {
  const PATH = '/admin/pages/reports';
  const report = async ({ token }: TestPerson, target: string, reason = 'Spam', type = 'package') =>
    String((await send('post', '/reports', { type, target, reason }, token).expect(201)).body.id);
  const decide = async (action: string, id: string) => {
    const browser = await browserOf(moderator.id);
    await browser.get(PATH);
    return browser.submit(PATH, { action, id });
  };
  const stateOf = async (id: string) =>
    (await send('get', `/reports/${id}`, undefined, moderator.token).expect(200)).body;

  it('shows what is open, with its reason as it was written, and where to look at it', async () => {
    await report(ann, 'ann:<b>', '<script>alert(1)</script>');
    await report(ann, bob.id, 'Rude', 'user');
    const { text, status } = await (await browserOf(moderator.id)).get(PATH);
    expect(status).toBe(200);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).not.toContain('<script>');
    expect(text).toContain('href="/packages/ann%3A%3Cb%3E"');
    expect(text).toContain(`href="/admin/pages/users/${bob.id}"`);
    expect(text).toContain('one open report of it');
  });

  it('dismisses every open report of the same thing at once', async () => {
    const [first, second] = [await report(ann, 'ann:fine'), await report(bob, 'ann:fine')];
    const { status, headers } = await decide('dismiss', first);
    expect([status, headers.location]).toEqual([303, `${PATH}?done=dismiss`]);
    for (const id of [first, second]) expect(await stateOf(id)).toMatchObject({ dismissed: true });
  });

  it('closes, and hides what is to be hidden, which the next visit says', async () => {
    const closed = await report(ann, 'ann:closed');
    await decide('close', closed);
    expect(await stateOf(closed)).toMatchObject({ closed: true, hidden: false });
    const hidden = await report(ann, 'ann:hidden');
    await decide('hide', hidden);
    expect(await stateOf(hidden)).toMatchObject({ closed: true, hidden: true });
    await report(bob, 'ann:hidden');
    const { text } = await (await browserOf(moderator.id)).get(PATH);
    expect(text).toContain('<span class="tag">hidden</span>');
  });

  it('says what is wrong with a decision that comes too late, or with none', async () => {
    const id = await report(ann, 'ann:late');
    await decide('close', id);
    const late = await decide('dismiss', id);
    expect([late.status, late.type]).toEqual([409, 'text/html']);
    for (const odd of ['', '7', '00000000-0000-4000-8000-000000000000']) {
      expect((await decide('close', odd)).status).toBe(404);
    }
    const unknown = await decide('burn', id);
    expect([unknown.status, unknown.headers.location]).toEqual([303, PATH]);
  });

  it('pages, the oldest first', async () => {
    await harness.database.report.deleteMany();
    const rows = Array.from({ length: 21 }, (_, index) => ({
      ...{ id: crypto.randomUUID(), kind: 'package', target: `ann:p${index}`, reason: 'x' },
      createdAt: new Date(index * 1000),
    }));
    await harness.database.report.createMany({ data: rows });
    const browser = await browserOf(moderator.id);
    const { text } = await browser.get(PATH);
    expect(text).toContain('21 entries, page 1 of 2');
    expect(text).toContain('ann:p0<');
    expect((await browser.get(`${PATH}?page=2`)).text).toContain('ann:p20<');
  });
});

describe('/admin/pages/words', () => {
  const PATH = '/admin/pages/words';

  it('adds phrases of both kinds, refuses what is there already or is none, and removes', async () => {
    const browser = await browserOf(await administrator());
    const act = async (action: string, fields: Record<string, string>) => {
      await browser.get(PATH);
      return browser.submit(PATH, { action, ...fields });
    };
    expect((await browser.get(PATH)).text).toContain('every text is taken');
    const added = await act('add', { phrase: 'villain', allowed: 'false' });
    expect([added.status, added.headers.location]).toEqual([303, `${PATH}?done=add`]);
    await act('add', { phrase: 'villain & sons', allowed: 'true' });
    const { text } = await browser.get(`${PATH}?done=add`);
    expect(text).toContain('The phrase is on the list.');
    expect(text).toContain('villain &amp; sons');
    expect(text).toContain('let stand');
    const again = await act('add', { phrase: 'VILLÁIN', allowed: 'false' });
    expect([again.status, again.text.includes('has this phrase already')]).toEqual([409, true]);
    expect((await act('add', { phrase: '!!', allowed: 'false' })).status).toBe(400);
    const [first] = (await harness.stores.words.list({ allowed: false }, { page: 1, per_page: 1 })).entries;
    expect((await act('remove', { id: String(first?.id) })).status).toBe(303);
    expect((await act('remove', { id: String(first?.id) })).status).toBe(404);
    expect((await browser.get(PATH)).text).toContain('One entry');
  });

  it('is for administrators alone: moderators neither see it nor are led to it', async () => {
    const browser = await browserOf(moderator.id);
    expect((await browser.get(PATH)).status).toBe(403);
    const { text } = await browser.get('/admin/pages/reports');
    expect(text).not.toContain(`href="${PATH}"`);
  });
});
