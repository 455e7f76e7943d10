import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type AccountPlace, openAccountPlace, PASSWORD, peopleOf } from './account-place.ts';
import { createBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';

let place: AccountPlace;
let harness: Harness;
let mail: AccountPlace['mail'];
const { newPerson, signIn, linkIn } = peopleOf(() => place);

beforeAll(async () => {
  place = await openAccountPlace();
  ({ harness, mail } = place);
});
afterAll(() => harness.close());
afterEach(() => {
  harness.clock.now = place.start;
});

describe('recovery', () => {
  it("410, 303: an administrator's link sets a password once and ends every session", async () => {
    const { email, recovery } = await newPerson(undefined);
    const browser = createBrowser(harness.app);
    expect((await browser.get(recovery)).status).toBe(200);
    expect((await browser.submit('/auth/recovery', { password: 'short' })).status).toBe(400);
    expect((await browser.submit('/auth/recovery', { password: PASSWORD })).status).toBe(303);
    expect((await browser.get(recovery)).status).toBe(410);
    expect((await signIn(browser, email)).status).toBe(303);
  });

  it('D20: the same page for an address with an account and without; only the first gets mail, which proves the address', async () => {
    const { id, email } = await newPerson();
    const browser = createBrowser(harness.app);
    mail.length = 0;
    const pages: string[] = [];
    for (const address of [email, 'unknown@example.org']) {
      await browser.get('/auth/recovery');
      pages.push((await browser.submit('/auth/recovery', { email: address })).text);
    }
    expect(pages[0]).toBe(pages[1]);
    expect(mail.map(({ to }) => to)).toEqual([email]);
    await browser.get(linkIn(mail[0]));
    expect((await browser.submit('/auth/recovery', { password: 'a new password' })).status).toBe(303);
    expect((await signIn(browser, email, 'a new password')).status).toBe(303);
    expect((await harness.database.user.findUniqueOrThrow({ where: { id } })).emailVerified).toBe(true);
  });

  it('of five at once with one link, one sets the password', async () => {
    const { recovery } = await newPerson(undefined);
    const browsers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const browser = createBrowser(harness.app);
        await browser.get(recovery);
        return browser;
      }),
    );
    const answers = await Promise.all(
      browsers.map((browser) => browser.submit('/auth/recovery', { password: PASSWORD })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 410, 410, 410, 410]);
  });

  it('201, 403, 404: POST /admin/users/:id/recovery makes a link for a person, for administrators alone', async () => {
    const { id } = await newPerson();
    const post = (target: string, token = harness.adminToken) =>
      request(harness.app).post(`/admin/users/${target}/recovery`).set('Authorization', `Bearer ${token}`);
    const { body } = await post(id).expect(201);
    expect(body.recovery_url).toMatch(/\/auth\/recovery\?link=[\w-]{43}$/);
    await post('00000000-0000-4000-8000-000000000000').expect(404);
    const { token } = await harness.userTokenFor(id);
    await post(id, token).expect(403);
    await post(id, 'nonsense').expect(401);
  });
});

describe('making an account', () => {
  it('D20: tells nobody whether the address was free; the mail proves it, and makes no idhash of an address before that', async () => {
    const browser = createBrowser(harness.app);
    mail.length = 0;
    const register = async (email: string) => {
      await browser.get('/auth/register');
      return browser.submit('/auth/register', { email, name: 'New', password: PASSWORD });
    };
    const first = await register('New@Example.org');
    const second = await register('new@example.org');
    expect([first.status, first.headers.location]).toEqual([second.status, second.headers.location]);
    expect(mail.map(({ to, subject }) => [to, subject])).toEqual([
      ['New@Example.org', 'Confirm your e-mail address'],
      ['new@example.org', 'You have an account already'],
    ]);
    expect(mail[1]?.text).not.toContain('link=');
    const user = await harness.database.user.findFirstOrThrow({ where: { email: 'New@Example.org' } });
    expect(user.idhash).not.toBe(createHash('md5').update('new@example.org').digest('hex'));
    const link = linkIn(mail[0]);
    await browser.get(link);
    expect((await harness.database.user.findUniqueOrThrow({ where: { id: user.id } })).emailVerified).toBe(
      false,
    );
    expect((await browser.submit('/auth/verify', {})).status).toBe(200);
    expect((await harness.database.user.findUniqueOrThrow({ where: { id: user.id } })).emailVerified).toBe(
      true,
    );
    expect((await browser.get(link)).status).toBe(410);
    expect((await signIn(browser, 'new@example.org')).status).toBe(303);
  });

  it('400: says what is wrong beside each field', async () => {
    const browser = createBrowser(harness.app);
    await browser.get('/auth/register');
    const { status, text } = await browser.submit('/auth/register', {
      email: 'none',
      name: '',
      password: 'short',
    });
    expect(status).toBe(400);
    expect(text.match(/aria-invalid="true"/g)).toHaveLength(2);
  });

  it('404 where people may not', async () => {
    const closed = await openHarness();
    await request(closed.app).get('/auth/register').expect(404);
    await closed.close();
  });
});
