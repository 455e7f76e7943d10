import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Harness, openHarness } from './harness.ts';

const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);
export const describeInBrowser = CHROMIUM === undefined ? describe.skip : describe;
if (CHROMIUM === undefined)
  process.stderr.write('SKIPPED: no chromium; set CHROMIUM to its path to walk through the pages\n');

// Runs in the browser, whose types are not among ours.
const WHAT_IS_THERE = `(() => {
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  const fields = [...document.querySelectorAll('input:not([type=hidden]), select, textarea')];
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

const WHAT_HAS_FOCUS = `(() => {
  const { activeElement: at } = document;
  return at.ariaLabel ?? at.labels?.[0]?.textContent ?? at.textContent;
})()`;

export const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

/** What every page promises: a language, a title, one heading, landmarks, a name for each field, no sideways scrolling. */
export async function examine(page: Page, name: string): Promise<void> {
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

/** The same on a large screen and on a small one, where the page then stays. */
export async function examineBothSizes(page: Page, name: string): Promise<void> {
  for (const size of ['desktop', 'phone'] as const) {
    await page.setViewportSize(SIZES[size]);
    await examine(page, `${size}-${name}`);
  }
}

/** Moves by the keyboard until the focus is on what has this label or text. */
export async function tabTo(page: Page, text: string): Promise<void> {
  const seen: unknown[] = [];
  for (let steps = 0; steps < 40; steps += 1) {
    await page.keyboard.press('Tab');
    seen.push(await page.evaluate(WHAT_HAS_FOCUS));
    if (seen.at(-1) === text) return;
  }
  throw new Error(`Tab never comes to "${text}", only to ${JSON.stringify(seen)}`);
}

export interface PagesInBrowser {
  readonly harness: Harness;
  readonly origin: string;
  readonly browser: Browser;
  readonly close: () => Promise<void>;
}

type Options = Omit<NonNullable<Parameters<typeof openHarness>[0]>, 'origin' | 'realTime'>;

/** Auth on a port of its own, and a browser to look at it. What the options depend on may be that origin. */
export async function openPagesInBrowser(
  options: Options | ((origin: string) => Promise<Options>) = {},
): Promise<PagesInBrowser> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = typeof options === 'function' ? await options(origin) : options;
  const harness = await openHarness({ ...own, origin, realTime: true });
  server.on('request', harness.app);
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  return {
    ...{ harness, origin, browser },
    close: async () => {
      await browser.close();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await harness.close();
    },
  };
}
