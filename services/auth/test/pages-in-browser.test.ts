import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { createGithubProvider } from '../src/providers/passport.ts';
import { type Harness, openHarness } from './harness.ts';

// The same walk without a browser is in local-accounts.test.ts and providers.test.ts.
const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
const describeInBrowser = CHROMIUM === undefined ? describe.skip : describe;
if (CHROMIUM === undefined)
  process.stderr.write('SKIPPED: no chromium; set CHROMIUM to its path to walk through the pages\n');

const PASSWORD = 'correct horse battery';
// Runs in the browser, whose types are not among ours.
const WHAT_IS_THERE = `(() => {
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  const fields = [...document.querySelectorAll('input:not([type=hidden])')];
  return {
    lang: document.documentElement.lang,
    titled: document.title.length > 0,
    headings: document.querySelectorAll('h1').length,
    mains: document.querySelectorAll('main').length,
    nameless: fields.filter((field) => field.labels.length === 0).length,
    twice: ids.length - new Set(ids).size,
    tooWide: document.documentElement.scrollWidth > window.innerWidth,
    styled: getComputedStyle(document.body).margin === '0px',
  };
})()`;

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

describeInBrowser('the pages in a browser', () => {
  let server: Server;
  let origin: string;
  let harness: Harness;
  let browser: Browser;

  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    // A listening TCP server has an AddressInfo.
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const nowhere = 'http://127.0.0.1:1';
    const github = createGithubProvider({
      ...{ clientId: 'x', clientSecret: 'y', issuer: nowhere, authorizationUrl: nowhere, tokenUrl: nowhere },
      ...{ profileUrl: nowhere, emailUrl: nowhere },
    });
    const signIn = { providers: new Map([['github', github]]), selfRegistration: true };
    harness = await openHarness({ origin, realTime: true, signIn });
    server.on('request', harness.app);
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    await harness.close();
  });

  /** What every page promises: a language, a title, one heading, landmarks, a name for each field, no sideways scrolling. */
  async function examine(page: Page, name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    const found = await page.evaluate<Record<string, unknown>>(WHAT_IS_THERE);
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
    expect({ name, ...found }).toEqual({
      ...{
        name,
        lang: 'en',
        titled: true,
        headings: 1,
        mains: 1,
        nameless: 0,
        twice: 0,
        tooWide: false,
        styled: true,
      },
    });
  }

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
