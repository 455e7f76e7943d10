import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createGithubProvider } from '../src/providers/passport.ts';
import { describeInBrowser, examine, openPagesInBrowser, type PagesInBrowser, SIZES } from './chromium.ts';
import type { Harness } from './harness.ts';

// The same walk without a browser is in local-accounts.test.ts and providers.test.ts.
const PASSWORD = 'correct horse battery';

describeInBrowser('the pages in a browser', () => {
  let place: PagesInBrowser;
  let origin: string;
  let harness: Harness;
  let browser: Browser;

  beforeAll(async () => {
    const nowhere = 'http://127.0.0.1:1';
    const github = createGithubProvider({
      ...{ clientId: 'x', clientSecret: 'y', issuer: nowhere, authorizationUrl: nowhere, tokenUrl: nowhere },
      ...{ profileUrl: nowhere, emailUrl: nowhere },
    });
    const signIn = { providers: new Map([['github', github]]), selfRegistration: true };
    place = await openPagesInBrowser({ signIn });
    ({ harness, origin, browser } = place);
  });

  afterAll(() => place.close());

  it.each(Object.entries(SIZES))('are complete on a %s', async (size, viewport) => {
    const page = await browser.newPage({ viewport });
    for (const path of ['login', 'register', 'recovery', 'logout', 'error?code=next_not_allowed']) {
      await page.goto(`${origin}/auth/${path}`);
      await examine(page, `${size}-${path.split('?')[0]}`);
    }
    await page.goto(`${origin}/auth/login`);
    await page.getByLabel('E-mail address').fill('a@example.org');
    await page.getByLabel('Password').fill('wrong wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('is wrong').waitFor();
    await examine(page, `${size}-login-wrong`);
    await page.close();
  });

  it('lead from the first link to a password, to the settings, out and in again, by the keyboard alone', async () => {
    const page = await browser.newPage({ viewport: SIZES.phone });
    const type = async (label: string, text: string) => {
      await page.getByLabel(label).focus();
      await page.keyboard.type(text);
    };
    await page.goto(harness.signInUrl);
    await examine(page, 'phone-welcome');
    await type('New password', PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('The password is set').waitFor();
    // no form that could only fail
    await page.getByText('This installation sends no mail').waitFor();
    await examine(page, 'phone-settings');
    await page.setViewportSize(SIZES.desktop);
    await examine(page, 'desktop-settings');
    await page.getByRole('button', { name: 'Set it up' }).focus();
    await page.keyboard.press('Enter');
    await page.getByAltText('A QR code of the key below').waitFor();
    await examine(page, 'desktop-second-factor');
    await page.goto(`${origin}/auth/logout`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('You are signed out').waitFor();
    // the order of the page: Flyloft, GitHub, address, password
    for (const name of ['Flyloft', 'Sign in with GitHub']) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe(name);
    }
    await page.keyboard.press('Tab');
    await page.keyboard.type('admin@localhost');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${origin}/auth/settings`);
    await page.close();
  });
});
