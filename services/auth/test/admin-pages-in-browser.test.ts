import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { createSession } from '../src/sessions/session.ts';
import {
  describeInBrowser,
  examine,
  openPagesInBrowser,
  type PagesInBrowser,
  SIZES,
  tabTo,
} from './chromium.ts';
import type { Harness } from './harness.ts';

// What the forms do is in admin-pages.test.ts.
describeInBrowser('the pages of administration in a browser', () => {
  let place: PagesInBrowser;
  let origin: string;
  let harness: Harness;
  let browser: Browser;
  let administrator: string;
  let person: string;

  beforeAll(async () => {
    place = await openPagesInBrowser();
    ({ harness, origin, browser } = place);
    const { database, stores } = harness;
    administrator = (await database.userRole.findFirstOrThrow({ where: { role: 'admin' } })).userId;
    const context = { actor: administrator, isAdministrator: true };
    for (let index = 0; index < 21; index += 1) {
      const email = `somebody-with-a-long-address-${index}@department.example.org`;
      const user = await stores.users.create(
        { email, name: 'Maria Golden', roles: ['user'] },
        undefined,
        context,
      );
      person = user.id;
    }
    await harness.userTokenFor(person);
    const app = { slug: 'wiki', name: 'Wiki', url: 'https://wiki.example', external: true };
    await stores.apps.create({ ...app, default_role: 'user' }, context);
    await stores.apps.setRole('wiki', person, 'admin', context);
    await stores.words.add({ phrase: 'nincompoop', allowed: false }, context);
    await stores.words.add({ phrase: 'Nincompoop River', allowed: true }, context);
    const target = 'ab4c1e0f9d8b7a6c5d4e3f2a1b0c9d8e:municipal-budget-of-a-town-with-a-long-name';
    const reported = { kind: 'package', target, reason: 'Names a person who is no public figure' };
    await database.report.create({ data: { id: crypto.randomUUID(), reporterId: person, ...reported } });
    await stores.letters.add({ id: crypto.randomUUID(), sealed: new Uint8Array(1) });
    const [letter] = await stores.letters.takeDue();
    await stores.letters.fail(
      letter?.id ?? '',
      'Nothing listens at host and port of SMTP_URL (ECONNREFUSED)',
    );
    const notice = { kind: 'load-done', text: 'The load of municipal-budget is done.', about: null };
    const { idhash } = await database.user.findUniqueOrThrow({ where: { id: administrator } });
    await stores.notifications.addFor(idhash, { id: crypto.randomUUID(), ...notice });
  });

  afterAll(() => place.close());

  async function signedIn(viewport: { width: number; height: number }): Promise<BrowserContext> {
    const { session, cookie } = createSession(new Date());
    await harness.database.session.create({ data: { ...session, userId: administrator } });
    const context = await browser.newContext({ viewport });
    await context.addCookies([{ name: 'flyloft_session', value: cookie, url: origin }]);
    return context;
  }

  it.each(Object.entries(SIZES))('are complete on a %s', async (size, viewport) => {
    const context = await signedIn(viewport);
    const page = await context.newPage();
    const paths = [
      ...[
        '',
        '/pages/users',
        '/pages/new-user',
        `/pages/users/${person}`,
        '/pages/roles',
        '/pages/roles/moderator',
      ],
      ...[
        '/pages/apps',
        '/pages/apps/wiki',
        '/pages/clients',
        '/pages/services',
        '/pages/services/os.datastore',
      ],
      ...['/pages/keys', '/pages/audit', '/pages/reports', '/pages/words'],
    ];
    for (const path of paths) {
      await page.goto(`${origin}/admin${path}`);
      await examine(page, `${size}-admin${path.replaceAll(/[/.]/g, '-').replace(person, 'person')}`);
    }
    await page.goto(`${origin}/notifications`);
    await examine(page, `${size}-notifications`);
    await context.close();
  });

  it('let a moderator decide, and an administrator keep the list of words, by the keyboard alone', async () => {
    const context = await signedIn(SIZES.phone);
    const page = await context.newPage();
    await page.goto(`${origin}/admin/pages/words`);
    await tabTo(page, 'Phrase');
    await page.keyboard.type('scoundrel');
    await page.keyboard.press('Enter');
    await page.getByText('The phrase is on the list.').waitFor();
    await tabTo(page, 'Remove scoundrel');
    await page.keyboard.press('Enter');
    await page.getByText('The phrase is off the list.').waitFor();
    await page.goto(`${origin}/admin/pages/reports`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toContain('municipal-budget');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Hide it and close');
    await page.keyboard.press('Enter');
    await page.getByText('It is hidden, and its reports are closed.').waitFor();
    await page.getByText('Nothing is open.').waitFor();
    await context.close();
  });

  it('lead by the keyboard alone from the first page to a person who is made, found, and deleted', async () => {
    const context = await signedIn(SIZES.phone);
    const page = await context.newPage();
    const type = async (label: string, text: string) => {
      await page.getByLabel(label, { exact: true }).focus();
      await page.keyboard.press('Control+A');
      await page.keyboard.type(text);
    };
    await page.goto(`${origin}/admin`);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('People');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Make or invite a person' }).focus();
    await page.keyboard.press('Enter');
    await type('E-mail address', 'keyboard@example.org');
    await page.keyboard.press('Enter');
    await page.getByText('is not shown again').waitFor();
    await examine(page, 'phone-admin-link');
    await page.goto(`${origin}/admin/pages/users`);
    await type('Name, username or e-mail address', 'keyboard');
    await page.keyboard.press('Enter');
    await page.getByText('One entry').waitFor();
    await page.getByRole('link', { name: 'keyboard' }).focus();
    await page.keyboard.press('Enter');
    await type('Type keyboard to confirm', 'no');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await examine(page, 'phone-admin-not-deleted');
    await type('Type keyboard to confirm', 'keyboard');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${origin}/admin/pages/users`);
    await context.close();
  });
});
