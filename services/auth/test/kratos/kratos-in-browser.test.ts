import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { describeInBrowser, examineBothSizes, openPagesInBrowser, type PagesInBrowser } from '../chromium.ts';
import { kratosModeOf } from './kratos-harness.ts';
import { createKratosStub, type KratosStub } from './stub.ts';
import { CODE, SESSION_COOKIE } from './stub-flows.ts';
import type { StubSession } from './stub-people.ts';

// What the pages do with odd answers is in flows.test.ts; here, that people find their way through them.
const PASSWORD = 'correct horse battery';

describeInBrowser('the flows of Kratos in a browser', () => {
  let place: PagesInBrowser;
  let stub: KratosStub;

  beforeAll(async () => {
    place = await openPagesInBrowser(async (origin) => {
      stub = await createKratosStub(origin);
      return { kratos: kratosModeOf(stub), signIn: { selfRegistration: true } };
    });
  });

  afterAll(async () => {
    await place.close();
    await stub.close();
  });

  const somebody = (email: string) => stub.add({ traits: { email }, password: PASSWORD, verified: true });
  const at = (path: string) => `${place.origin}${path}`;
  const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

  async function inBrowser(walk: (page: Page, context: BrowserContext) => Promise<void>): Promise<void> {
    const context = await place.browser.newContext();
    try {
      await walk(await context.newPage(), context);
    } finally {
      await context.close();
    }
  }

  const carry = (context: BrowserContext, { secret }: StubSession) =>
    context.addCookies([{ name: SESSION_COOKIE, value: secret, url: place.origin }]);

  async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
    await page.getByLabel('E-Mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  it('a sign-in: wrong, then right, then out of both again', () =>
    inBrowser(async (page) => {
      somebody('ada@example.org');
      await page.goto(at('/auth/settings'));
      await heading(page, 'Sign in');
      await examineBothSizes(page, 'kratos-login');
      await signIn(page, 'ada@example.org', 'wrong');
      await page.getByText('The provided credentials are invalid').waitFor();
      await examineBothSizes(page, 'kratos-login-wrong');
      await signIn(page, 'ada@example.org');
      await page.waitForURL(at('/auth/settings'));
      await examineBothSizes(page, 'kratos-our-settings');
      // What is kept at Kratos is changed there.
      expect(await page.getByRole('button', { name: /Remove/ }).count()).toBe(0);
      await page.goto(at('/auth/logout'));
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('You are signed out').waitFor();
      await examineBothSizes(page, 'kratos-signed-out');
    }));

  it('a second step: a wrong code, then the right one', () =>
    inBrowser(async (page, context) => {
      const identity = somebody('two@example.org');
      stub.needSecondStep.add(identity.id);
      await carry(context, stub.signIn(identity));
      await page.goto(at('/auth/login'));
      await page.getByLabel('Authentication code').fill('000000');
      await page.keyboard.press('Enter');
      await page.getByText('authentication code is invalid').waitFor();
      await examineBothSizes(page, 'kratos-second-step');
      await page.getByLabel('Authentication code').fill(CODE);
      await page.keyboard.press('Enter');
      await page.waitForURL(at('/auth/settings'));
    }));

  it('a registration, with an address that is taken first', () =>
    inBrowser(async (page) => {
      somebody('taken@example.org');
      await page.goto(at('/auth/register'));
      const register = async (email: string) => {
        await page.getByLabel('E-Mail').fill(email);
        await page.getByLabel('Password').fill(PASSWORD);
        await page.getByRole('button', { name: 'Sign up' }).click();
      };
      await register('taken@example.org');
      await page.getByText('exists already').waitFor();
      await examineBothSizes(page, 'kratos-registration');
      await register('new@example.org');
      await page.waitForURL(at('/auth/settings'));
      expect(stub.findByEmail('new@example.org')).toBeDefined();
    }));

  it('a recovery and a verification, each with a wrong code first', () =>
    inBrowser(async (page) => {
      const identity = stub.add({ traits: { email: 'lost@example.org' }, password: PASSWORD });
      const [address] = identity.verifiable_addresses;
      const prove = async (path: string) => {
        await page.goto(at(path));
        await page.getByLabel('E-Mail').fill('lost@example.org');
        await page.keyboard.press('Enter');
        await page.getByLabel('Code').fill('000000');
        await page.keyboard.press('Enter');
        await page.getByText('The code is invalid').waitFor();
        await examineBothSizes(page, `kratos-code-${path.split('/')[2]}`);
        await page.getByLabel('Code').fill(CODE);
        await page.keyboard.press('Enter');
      };
      await prove('/auth/verify');
      await page.getByText('successfully verified').waitFor();
      await examineBothSizes(page, 'kratos-verified');
      expect(address?.verified).toBe(true);
      await prove('/auth/recovery');
      await page.waitForURL(at('/auth/settings'));
    }));

  it('the settings of Kratos, which an old session opens after a fresh sign-in', () =>
    inBrowser(async (page, context) => {
      const longAgo = new Date(Date.now() - 3_600_000).toISOString();
      const session = stub.signIn(somebody('old@example.org'), { authenticated_at: longAgo });
      await carry(context, session);
      await page.goto(at('/auth/settings'));
      await page.getByRole('link', { name: 'Change them' }).click();
      await heading(page, 'How you sign in');
      await page.getByRole('region', { name: 'Authenticator app' }).waitFor();
      await examineBothSizes(page, 'kratos-settings');
      const save = async () => {
        await page.getByRole('textbox', { name: 'Password' }).fill('another good one');
        await page.keyboard.press('Enter');
      };
      await save();
      await heading(page, 'Sign in');
      await signIn(page, 'old@example.org');
      await heading(page, 'How you sign in');
      await save();
      await page.getByText('Your changes have been saved').waitFor();
      await examineBothSizes(page, 'kratos-settings-saved');
    }));

  it('what went wrong at Kratos, and Kratos that is away', () =>
    inBrowser(async (page, context) => {
      await page.goto(at('/auth/login'));
      await context.clearCookies();
      await signIn(page, 'ada@example.org');
      await page.getByText('Please retry the flow').waitFor();
      await examineBothSizes(page, 'kratos-error');
      await page.goto(at('/auth/login'));
      stub.setFault({ on: 'login/flows', status: 500 });
      expect((await page.reload())?.status()).toBe(503);
      await examineBothSizes(page, 'kratos-away');
      stub.setFault(undefined);
    }));
});
