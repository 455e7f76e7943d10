import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createTestProvider, type TestProvider } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type FileChooser, type Page } from 'playwright-core';
import { createSignInProvider } from '../src/sign-in/provider.ts';
import { createSealedCookies } from '../src/sign-in/sealed-cookies.ts';
import { createSignIn } from '../src/sign-in/sign-in.ts';
import { type App, appWith, createDataSet, ENGINES } from './harness.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A browser of this machine: `CHROMIUM`, or what is on the PATH. */
function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...(process.env.CHROMIUM ? [process.env.CHROMIUM] : []), ...places].find(isProgram);
}

const program = findChromium();
if (program === undefined) {
  process.stderr.write(
    '\n*** No Chromium here: the upload pages are not walked in a browser, only by requests (upload-pages.test.ts). Install chromium, or say where it is in CHROMIUM. ***\n',
  );
}

const engine = ENGINES[0];
if (engine === undefined) throw new Error('no engine');

const GOOD = '_timestamp,dept,nn\n2014-01-06,a,1\n2014-01-07,b,2\n';
const BROKEN = '_timestamp,dept,nn\n2014-01-06,a,1\nyesterday,b,2\n';

// As text: these run in the page, whose types are none of ours.
const FOCUSED = '(document.activeElement?.labels?.[0] ?? document.activeElement)?.textContent?.trim()';
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

const WIDTHS = [
  { name: 'desktop', width: 1280, height: 800 },
  { name: 'phone', width: 360, height: 740 },
];

(program === undefined ? describe.skip : describe)('the upload page in a browser', () => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  let provider: TestProvider;
  let server: Server;
  let app: App;
  let browser: Browser;
  let origin: string;
  let folder: string;

  beforeAll(async () => {
    running = await engine.start();
    server = createServer((req, res) => app(req, res));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const redirectUri = `${origin}/_user/authorized`;
    provider = await createTestProvider({ redirectUris: [redirectUri] });
    provider.setPerson({ name: 'Ada Lovelace', permissions: ['write'] });
    const signIn = createSignIn({
      origin,
      cookies: createSealedCookies({ key: 'k'.repeat(32), isSecure: false }),
      provider: createSignInProvider({
        ...{ issuer: new URL(provider.issuer), clientId: provider.clientId, clientSecret: undefined },
        ...{ redirectUri, scope: 'openid profile' },
        rule: { claim: 'permissions', value: 'write' },
      }),
    });
    app = appWith(running.dataSets, { signIn });
    folder = await mkdtemp(join(tmpdir(), 'flyloft-browser-'));
    await writeFile(join(folder, 'good.csv'), GOOD);
    await writeFile(join(folder, 'broken.csv'), BROKEN);
    browser = await chromium.launch({ executablePath: program ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await provider?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Tab by Tab to what has this name: nothing on the page may need a mouse. */
  async function tabTo(page: Page, name: string): Promise<void> {
    for (let presses = 0; presses < 20; presses += 1) {
      await page.keyboard.press('Tab');
      const focused: unknown = await page.evaluate(FOCUSED);
      if (focused === name) return;
    }
    throw new Error(`"${name}" is not reached by the keyboard`);
  }

  /** What is wider than the screen makes a person on a phone scroll to both sides. */
  const overflow = (page: Page): Promise<unknown> => page.evaluate(OVERFLOW);

  const picture = async (page: Page, name: string) => {
    const to = process.env.SCREENSHOTS;
    if (to !== undefined) await page.screenshot({ path: join(to, `${name}.png`), fullPage: true });
  };

  it.each(WIDTHS)(
    'signs a person in, tells what is wrong with a file and stores a good one, by the keyboard alone ($name)',
    async ({ name, width, height }) => {
      const dataSet = await createDataSet(app);
      const context = await browser.newContext({ viewport: { width, height } });
      const page = await context.newPage();
      // From now on the browser hands its file windows over, before the first is asked for.
      const choosers: FileChooser[] = [];
      page.on('filechooser', (chooser) => choosers.push(chooser));
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        // The 400 of a refused file is one of these, and meant.
        if (message.type() === 'error' && !message.text().includes('status of 400'))
          faults.push(message.text());
      });

      await page.goto(`${origin}/${dataSet.name}/upload`);
      expect(new URL(page.url()).pathname).toBe(`/${dataSet.name}/upload`);
      expect(await page.getByText('Signed in as Ada Lovelace').isVisible()).toBe(true);
      await picture(page, `${name}-1-form`);
      expect(await overflow(page)).toBe(0);

      const upload = async (file: string, button: string) => {
        await tabTo(page, 'File');
        // Enter opens the system's own window, which no test can reach.
        await page.keyboard.press('Enter');
        while (choosers.length === 0) await page.waitForTimeout(20);
        await choosers.pop()?.setFiles(join(folder, file));
        await tabTo(page, button);
        await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
      };

      await upload('broken.csv', 'Upload');
      const alert = page.getByRole('alert');
      expect(await alert.getByRole('heading').textContent()).toBe('broken.csv: nothing was stored');
      expect(await alert.getByRole('listitem').first().textContent()).toMatch(
        /^Row 3: the _timestamp must be/,
      );
      await picture(page, `${name}-2-refused`);
      expect(await overflow(page)).toBe(0);

      await upload('good.csv', 'Check without storing');
      expect(await page.getByRole('status').textContent()).toContain('has no faults');
      await upload('good.csv', 'Upload');
      expect(await page.getByRole('status').textContent()).toContain('good.csv was stored');
      expect(await page.getByRole('columnheader').allTextContents()).toEqual(['_timestamp', 'dept', 'nn']);
      expect(await page.getByRole('row').count()).toBe(3);
      await picture(page, `${name}-3-stored`);
      expect(await overflow(page)).toBe(0);

      const found = await running.dataSets.catalogue.findByName(dataSet.name);
      if (found === undefined) throw new Error('no data set');
      const query = { filters: [], inclusive: false, limit: 10 };
      expect(await running.dataSets.store.find(found, query)).toHaveLength(2);

      await tabTo(page, 'Sign out');
      await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
      expect(await page.getByText('You are signed out here').isVisible()).toBe(true);
      expect(faults).toEqual([]);
      await context.close();
    },
  );
});
