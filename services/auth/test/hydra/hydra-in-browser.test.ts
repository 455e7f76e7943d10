import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser, examineBothSizes, openPagesInBrowser, type PagesInBrowser } from '../chromium.ts';
import { hydraModeOf, PASSWORD } from './hydra-harness.ts';
import { createHydraStub, type HydraStub } from './stub.ts';

// What each page decides is in the other tests of this folder; here, that a browser, which holds every form to
// the policy of its page, comes through to the application.
const EMAIL = 'ada@example.org';

describeInBrowser('the pages of Hydra in a browser', () => {
  let place: PagesInBrowser;
  let stub: HydraStub;
  let application: Server;
  let callback: string;

  const post = async (path: string, body: object) => {
    const { adminToken } = place.harness;
    const headers = { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    expect([path, (await fetch(`${place.origin}${path}`, sent)).status]).toEqual([path, 201]);
  };
  const policyOf = async (page: Page) => {
    const answer = await page.reload();
    return answer?.headers()['content-security-policy'] ?? '';
  };

  beforeAll(async () => {
    place = await openPagesInBrowser(async (origin) => {
      stub = await createHydraStub(origin);
      return { hydra: hydraModeOf(stub) };
    });
    application = createServer((_req, res) => res.end('The application')).listen(0, '127.0.0.1');
    await once(application, 'listening');
    // A listening TCP server has an AddressInfo.
    callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
    stub.clients.set('wiki', {
      ...{ client_id: 'wiki', client_name: 'The wiki', redirect_uris: [callback, 'https://wiki.example/in'] },
      post_logout_redirect_uris: [callback],
    });
    await post('/admin/apps', {
      ...{ slug: 'wiki', name: 'Wiki', url: 'https://wiki.example', default_role: 'user' },
    });
    await post('/admin/users', { email: EMAIL, name: 'Ada', password: PASSWORD });
  });

  afterAll(async () => {
    application.closeAllConnections();
    application.close();
    await place.close();
    await stub.close();
  });

  const begin = () =>
    `${stub.publicUrl}/oauth2/auth?${new URLSearchParams({
      ...{ response_type: 'code', client_id: 'wiki', redirect_uri: callback, state: 's' },
      scope: 'openid profile email roles',
    })}`;

  it('lead through sign-in and consent to the application, and out again; their forms to nowhere else', async () => {
    const page = await place.browser.newPage();
    await page.goto(begin());
    await page.getByRole('heading', { name: 'Sign in to The wiki' }).waitFor();
    await examineBothSizes(page, 'hydra-login');
    const allowed = `form-action 'self' ${stub.publicUrl.replace(/\d+$/, '*')} https://wiki.example`;
    expect((await policyOf(page)).endsWith(allowed)).toBe(true);
    await page.getByLabel('E-mail address').fill(EMAIL);
    await page.getByLabel('Password').fill('wrong wrong');
    await page.keyboard.press('Enter');
    await page.getByText('is wrong').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Let The wiki in?' }).waitFor();
    await examineBothSizes(page, 'hydra-consent');
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.waitForURL(({ href }) => href.startsWith(`${callback}?code=`));
    const query = new URLSearchParams({ post_logout_redirect_uri: callback });
    await page.goto(`${stub.publicUrl}/oauth2/sessions/logout?${query}`);
    await page.getByRole('heading', { name: 'Sign out' }).waitFor();
    await examineBothSizes(page, 'hydra-logout');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(({ href }) => href.startsWith(callback));
    await page.close();
  });

  it('a sign-in in between leads on as well, without a question where the application needs none', async () => {
    stub.clients.set('wiki', { ...stub.clients.get('wiki'), client_id: 'wiki', skip_consent: true });
    const context = await place.browser.newContext();
    const page = await context.newPage();
    await page.goto(begin());
    const next = `/hydra/login?resume=${await page.locator('[name=resume]').first().inputValue()}`;
    await page.goto(`${place.origin}/auth/login?${new URLSearchParams({ next })}`);
    await page.getByLabel('E-mail address').fill(EMAIL);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL(({ href }) => href.startsWith(`${callback}?code=`));
    await context.close();
  });

  it('a form to another origin is stopped by the browser', async () => {
    const page = await place.browser.newPage();
    await page.goto(begin());
    await page.evaluate(`document.querySelector('form').action = 'https://evil.example/'`);
    const stopped = page.waitForEvent('console', (message) => message.text().includes('form-action'));
    await page.getByLabel('E-mail address').fill(EMAIL);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await stopped;
    expect(page.url()).toContain('/hydra/login');
    await page.close();
  });
});
