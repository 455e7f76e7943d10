import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createSession } from '../src/sessions/session.ts';
import {
  describeInBrowser,
  examineBothSizes,
  openPagesInBrowser,
  type PagesInBrowser,
  SIZES,
  tabTo,
} from './chromium.ts';
import type { Harness } from './harness.ts';
import { pkce } from './single-sign-on.ts';

// What the flows give is in single-sign-on-flows.test.ts; here, that people find their way through the pages.
const NAME = 'Budget explorer of the Department of Finance';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

describeInBrowser('the pages of single sign-on in a browser', () => {
  let place: PagesInBrowser;
  let harness: Harness;
  let browser: Browser;
  let origin: string;
  let application: Server;
  let callback: string;

  const register = async (path: string, body: object) => {
    const headers = { Authorization: `Bearer ${harness.adminToken}`, 'Content-Type': 'application/json' };
    const answer = await fetch(`${origin}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect([path, answer.status]).toEqual([path, 201]);
  };

  beforeAll(async () => {
    place = await openPagesInBrowser();
    ({ harness, browser, origin } = place);
    application = createServer((_req, res) => res.end('The application')).listen(0, '127.0.0.1');
    await once(application, 'listening');
    // A listening TCP server has an AddressInfo.
    callback = `http://127.0.0.1:${(application.address() as AddressInfo).port}/callback`;
    await register('/admin/apps', {
      ...{ slug: 'explorer', name: NAME, url: 'https://explorer.example', external: true },
      default_role: 'user',
    });
    await register('/admin/clients', {
      ...{
        client_id: 'explorer',
        client_name: NAME,
        app: 'explorer',
        client_uri: 'https://explorer.example',
      },
      ...{ redirect_uris: [callback], post_logout_redirect_uris: [callback] },
      ...{ token_endpoint_auth_method: 'none', grant_types: ['authorization_code', DEVICE_GRANT] },
    });
  });

  afterAll(async () => {
    application.closeAllConnections();
    application.close();
    await place.close();
  });

  /** Somebody new, who has let nothing in yet. */
  async function signedIn(): Promise<Page> {
    const { session, cookie } = createSession(new Date());
    const user = { email: `${session.id}@example.org`, name: 'Maria Golden', roles: ['user'] };
    const { id: userId } = await harness.stores.users.create(user, undefined, { actor: null });
    await harness.database.session.create({ data: { ...session, userId } });
    const context = await browser.newContext({ viewport: SIZES.phone });
    await context.addCookies([{ name: 'flyloft_session', value: cookie, url: origin }]);
    return context.newPage();
  }

  const wanted = () => {
    const parameters = {
      ...{ client_id: 'explorer', redirect_uri: callback, response_type: 'code', state: 's' },
      ...{ scope: 'openid profile email roles', code_challenge: pkce().challenge },
      code_challenge_method: 'S256',
    };
    return `${origin}/oidc/auth?${new URLSearchParams(parameters)}`;
  };
  const askForDevice = async (): Promise<string> => {
    const body = new URLSearchParams({ client_id: 'explorer', scope: 'openid profile' });
    const answer = await fetch(`${origin}/oidc/device/auth`, { method: 'POST', body });
    return String(((await answer.json()) as Record<string, unknown>).user_code);
  };

  it('consent: no, then yes, then taken back in the settings, by the keyboard alone', async () => {
    const page = await signedIn();
    await page.goto(wanted());
    await page.getByRole('heading', { name: `Let ${NAME} in?` }).waitFor();
    await examineBothSizes(page, 'consent');
    await tabTo(page, 'Do not allow');
    await page.keyboard.press('Enter');
    await page.waitForURL(({ href }) => href.startsWith(`${callback}?error=access_denied`));
    await page.goto(wanted());
    await tabTo(page, 'Allow');
    await page.keyboard.press('Enter');
    await page.waitForURL(({ href }) => href.startsWith(`${callback}?code=`));
    await page.goto(`${origin}/auth/settings`);
    await examineBothSizes(page, 'settings-with-consent');
    await tabTo(page, `Shut ${NAME} out`);
    await page.keyboard.press('Enter');
    await page.getByText('is worth nothing now').waitFor();
    expect(await page.getByRole('heading', { name: 'Applications that you let in' }).count()).toBe(0);
    await page.goto(wanted());
    await page.getByRole('heading', { name: `Let ${NAME} in?` }).waitFor();
    await page.context().close();
  });

  it('a device: a wrong code, then the right one', async () => {
    const page = await signedIn();
    await page.goto(`${origin}/auth/device`);
    await examineBothSizes(page, 'device');
    await tabTo(page, 'Code');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('There is no such code').waitFor();
    await examineBothSizes(page, 'device-wrong');
    await tabTo(page, 'Code');
    await page.keyboard.press('Control+A');
    const code = await askForDevice();
    await page.keyboard.type(code.toLowerCase());
    await page.keyboard.press('Enter');
    await page.getByText(code, { exact: true }).waitFor();
    await examineBothSizes(page, 'device-question');
    await tabTo(page, 'Allow');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'The device is connected' }).waitFor();
    await examineBothSizes(page, 'device-connected');
    await page.context().close();
  });

  it('signing out at the wish of an application', async () => {
    const page = await signedIn();
    await page.goto(wanted());
    const leave = new URLSearchParams({ client_id: 'explorer', post_logout_redirect_uri: callback });
    await page.goto(`${origin}/oidc/session/end?${leave}`);
    await page.getByText('asks to sign you out').waitFor();
    await examineBothSizes(page, 'end-session');
    await tabTo(page, 'Stay signed in');
    await page.keyboard.press('Enter');
    await page.waitForURL(({ href }) => href.startsWith(callback));
    await page.goto(`${origin}/auth/settings`);
    await page.goto(`${origin}/oidc/session/end?${leave}`);
    await tabTo(page, 'Sign out');
    await page.keyboard.press('Enter');
    await page.waitForURL(({ href }) => href.startsWith(callback));
    await page.goto(`${origin}/auth/settings`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`${origin}/oidc/session/end`);
    await examineBothSizes(page, 'end-nobody');
    await page.context().close();
  });

  it('a program on a device gets its answer at whatever port it listens on, also when people sign in on the way', async () => {
    await register('/admin/clients', {
      ...{ client_id: 'program', client_name: 'A program', application_type: 'native' },
      ...{ redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'none' },
    });
    const email = 'program@example.org';
    await register('/admin/users', { email, password: 'correct horse battery' });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(wanted().replace('client_id=explorer', 'client_id=program'));
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill('correct horse battery');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.waitForURL(({ href }) => href.startsWith(`${callback}?code=`));
    await context.close();
  });

  it('an answer as a form comes to the application, and may come to nowhere else', async () => {
    const page = await signedIn();
    await page.goto(`${wanted()}&response_mode=form_post`);
    const asked = page.waitForRequest((request) => request.method() === 'POST' && request.url() === callback);
    const shown = page.waitForResponse((answer) => answer.url().includes('/oidc/auth/'));
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    expect(new URLSearchParams((await asked).postData() ?? '').has('code')).toBe(true);
    const policy = (await (await shown).allHeaders())['content-security-policy'];
    expect(policy?.split(/; ?/).at(-1)).toBe(`form-action 'self' http://127.0.0.1:*`);
    await page.context().close();
  });

  it('a mistake of an application is a page that says so, not a way to somewhere else', async () => {
    const page = await signedIn();
    await page.goto(wanted().replace('callback', 'elsewhere'));
    await examineBothSizes(page, 'oidc-error');
    await page.goto(wanted().replace('client_id=explorer', 'client_id=nobody'));
    await examineBothSizes(page, 'oidc-unknown-client');
    await page.goto(`${origin}/auth/consent`);
    await examineBothSizes(page, 'consent-expired');
    await page.context().close();
  });
});
