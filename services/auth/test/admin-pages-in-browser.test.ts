import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { createSession } from '../src/sessions/session.ts';
import { describeInBrowser, examine, openPagesInBrowser, type PagesInBrowser, SIZES } from './chromium.ts';
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
      ...['/pages/keys', '/pages/audit'],
    ];
    for (const path of paths) {
      await page.goto(`${origin}/admin${path}`);
      await examine(page, `${size}-admin${path.replaceAll(/[/.]/g, '-').replace(person, 'person')}`);
    }
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
