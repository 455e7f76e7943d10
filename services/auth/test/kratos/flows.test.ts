import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hashPassword } from '../../src/users/password.ts';
import { createBrowser, type TestBrowser } from '../browser.ts';
import { ORIGIN } from '../harness.ts';
import { atKratos, type KratosHarness, openKratosHarness } from './kratos-harness.ts';
import { CODE } from './stub-flows.ts';

let harness: KratosHarness;

beforeAll(async () => {
  harness = await openKratosHarness({ signIn: { selfRegistration: true } });
});

afterAll(() => harness.close());

beforeEach(() => {
  harness.stub.setFault(undefined);
  harness.stub.calls.length = 0;
});

const PASSWORD = 'correct horse battery';
let count = 0;
function somebody(traits: Record<string, unknown> = {}) {
  count += 1;
  const email = `flow${count}@example.org`;
  return harness.stub.add({ traits: { email, ...traits }, password: PASSWORD, verified: true });
}

/** Goes to one of our pages and by Kratos on to the page of the flow. */
async function begin(browser: TestBrowser, path: string) {
  const { headers } = await browser.get(path);
  const { location } = await atKratos(browser, headers.location ?? '');
  const page = await browser.get(location);
  const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  return { page, action, csrf_token, address: location };
}

async function signIn(browser: TestBrowser, email: string, path = '/auth/login') {
  const { action, csrf_token } = await begin(browser, path);
  return atKratos(browser, action, { csrf_token, identifier: email, password: PASSWORD, method: 'password' });
}

const isSignedIn = async (browser: TestBrowser) =>
  (await browser.get('/auth/check')).body.authenticated === true;

describe('signing in', () => {
  it('goes through the flow of Kratos on our page, and on to where the person wanted to go', async () => {
    const browser = createBrowser(harness.app);
    const { email } = somebody().traits;
    const { page, action } = await begin(browser, '/auth/login?next=/auth/settings?x=1');
    expect(page.status).toBe(200);
    expect(page.text).toContain('<h1>Sign in</h1>');
    expect(action).toContain(`${harness.stub.publicUrl}/self-service/login?flow=`);
    const { location } = await signIn(browser, String(email), '/auth/login?next=/auth/settings?x=1');
    expect(location).toBe(`${ORIGIN}/auth/login?reason=returned&next=%2Fauth%2Fsettings%3Fx%3D1`);
    const back = await browser.get(location);
    expect([back.status, back.headers.location]).toEqual([302, '/auth/settings?x=1']);
    expect((await browser.get('/auth/settings')).text).toContain('kept by Ory Kratos');
  });

  it('shows what Kratos says is wrong, and a form for each way', async () => {
    const browser = createBrowser(harness.app);
    const { action, csrf_token } = await begin(browser, '/auth/login');
    const fields = { csrf_token, identifier: 'x@example.org', password: 'wrong', method: 'password' };
    const { location } = await atKratos(browser, action, fields);
    const { text } = await browser.get(location);
    expect(text).toContain('The provided credentials are invalid');
    const forms = text.split('<form ').slice(1);
    expect(forms).toHaveLength(2);
    expect(forms[0]).toMatch(/name="identifier".*name="password"/s);
    expect(forms[1]).not.toMatch(/name="identifier"|required/);
    expect(forms.every((form) => form.includes(`name="csrf_token" value="${csrf_token}"`))).toBe(true);
  });

  it('of who is signed in already needs no page, and a fresh one asks Kratos for a fresh proof', async () => {
    const browser = harness.browserWith(harness.stub.signIn(somebody()));
    expect((await browser.get('/auth/login')).headers.location).toBe('/auth/settings');
    const { headers } = await browser.get('/auth/login?reason=again&next=/auth/settings');
    expect(headers.location).toContain(`${harness.stub.publicUrl}/self-service/login/browser?`);
    expect(new URL(headers.location ?? '').searchParams.get('refresh')).toBe('true');
  });

  it('leads who lacks the second step to it', async () => {
    const identity = somebody();
    const session = harness.stub.signIn(identity);
    harness.stub.needSecondStep.add(identity.id);
    const browser = harness.browserWith(session);
    const { action, csrf_token, page } = await begin(browser, '/auth/login');
    expect(page.text).toContain('Authentication code');
    const { location } = await atKratos(browser, action, { csrf_token, totp_code: CODE, method: 'totp' });
    expect((await browser.get(location)).headers.location).toBe('/auth/settings');
  });

  it.each([
    ['D7: from elsewhere', 'https://evil.example/'],
    ['D7: that looks like ours', '//evil.example'],
  ])('with an address to lead back to %s goes nowhere', async (_name, next) => {
    const browser = createBrowser(harness.app);
    for (const path of ['/auth/login', '/auth/kratos/login', '/auth/register']) {
      const { headers } = await browser.get(`${path}?${new URLSearchParams({ next })}`);
      expect(headers.location).toBe('/auth/error?code=next_not_allowed');
    }
  });

  it('does not go round and round when the cookie of Kratos does not come here', async () => {
    const { status, text } = await createBrowser(harness.app).get('/auth/login?reason=returned');
    expect(status).toBe(403);
    expect(text).toContain('its session did not come along');
  });

  it('of who is shut out says so, and lets them sign out to be somebody else', async () => {
    const browser = harness.browserWith(harness.stub.signIn(somebody()));
    const { body } = await browser.get('/auth/check');
    const until = new Date(harness.clock.now.getTime() + 86_400_000).toISOString();
    await harness.admin('post', `/admin/users/${body.profile.uuid}/suspension`, { until, reason: 'spam' });
    // What shutting out ends is told to Kratos later; until then its session is still there.
    const page = await browser.get('/auth/login');
    expect([page.status, page.text.includes('You are shut out until')]).toEqual([403, true]);
    expect((await browser.get('/auth/logout')).text).toContain('signed in at Ory Kratos, and not here');
    const { headers } = await browser.submit('/auth/logout', {});
    await atKratos(browser, headers.location ?? '');
    expect(browser.cookies.has('ory_kratos_session')).toBe(false);
  });

  it('by accounts of our own goes on for those who have one', async () => {
    const email = 'own@example.org';
    const passwordHash = await hashPassword(PASSWORD);
    const before = { email, passwordHash, roles: ['user'] };
    await harness.stores.users.create(before, undefined, { actor: null, requestId: 'test' });
    const browser = createBrowser(harness.app);
    await browser.get('/auth/login?way=local');
    const { status } = await browser.submit('/auth/login', { email, password: PASSWORD });
    expect([status, await isSignedIn(browser)]).toEqual([303, true]);
  });

  it('tells older clients where', async () => {
    const { body } = await createBrowser(harness.app).get('/auth/check?next=/x');
    expect(body.providers).toEqual({ kratos: { url: `${ORIGIN}/auth/login?next=%2Fx` } });
  });
});

describe('the other flows', () => {
  it('make an account, which is signed in', async () => {
    const browser = createBrowser(harness.app);
    const { page, action, csrf_token } = await begin(browser, '/auth/register');
    expect(page.text).toContain('<h1>Make an account</h1>');
    const fields = { csrf_token, 'traits.email': 'new@example.org', password: PASSWORD, method: 'password' };
    await browser.get((await atKratos(browser, action, fields)).location);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it.each([
    ['recover', '/auth/recovery', 'Recover your account', true],
    ['verify an address', '/auth/verify', 'Verify your address', false],
  ])('%s by a code', async (_name, path, title, signsIn) => {
    const identity = somebody();
    const browser = createBrowser(harness.app);
    const { page, action, csrf_token } = await begin(browser, path);
    expect(page.text).toContain(`<h1>${title}</h1>`);
    const email = String(identity.traits.email);
    const sent = await atKratos(browser, action, { csrf_token, email, method: 'code' });
    expect((await browser.get(sent.location)).text).toContain('name="code"');
    const wrong = await atKratos(browser, action, { csrf_token, code: '1', method: 'code' });
    expect((await browser.get(wrong.location)).text).toContain('The code is invalid');
    await atKratos(browser, action, { csrf_token, code: '123456', method: 'code' });
    expect(await isSignedIn(browser)).toBe(signsIn);
  });

  it('change how somebody signs in, without scripts and with the picture of a second step', async () => {
    const browser = harness.browserWith(harness.stub.signIn(somebody()));
    const { page } = await begin(browser, '/auth/kratos/settings');
    expect(page.text).toContain('<h1>How you sign in</h1>');
    expect(page.text).toContain('<img src="data:image/png;base64,AAAA" alt="Authenticator app">');
    expect(page.text).toContain('Your secret: <code>SECRET&lt;b&gt;</code>');
    expect(page.text).not.toMatch(/<script|webauthn|onclick/);
    expect(page.text.split('<form ')).toHaveLength(4);
  });

  it('need a session where they are about one: who has none signs in first', async () => {
    const browser = harness.browserWith(harness.stub.signIn(somebody()));
    const { address } = await begin(browser, '/auth/kratos/settings');
    browser.cookies.delete('ory_kratos_session');
    const { headers } = await browser.get(address);
    expect(headers.location).toBe('/auth/login?next=%2Fauth%2Fkratos%2Fsettings');
  });

  it('say what went wrong at Kratos, and nothing of unknown errors', async () => {
    const browser = createBrowser(harness.app);
    const { action } = await begin(browser, '/auth/login');
    const { location } = await atKratos(browser, action, {
      csrf_token: 'forged',
      identifier: 'x',
      password: 'y',
    });
    const { status, text } = await browser.get(location);
    expect([status, text.includes('&lt;optionally&gt; clear your cookies')]).toEqual([400, true]);
    for (const id of ['', 'unknown', '../x', 'a'.repeat(300)]) {
      expect((await browser.get(`/auth/kratos/error?${new URLSearchParams({ id })}`)).status).toBe(404);
    }
  });
});

describe('a flow that cannot be shown', () => {
  it('begins again when it has expired, and leads to the same place', async () => {
    const browser = createBrowser(harness.app);
    const { address } = await begin(browser, '/auth/login?next=/auth/inbox');
    for (const flow of harness.stub.flows.values()) flow.expiresAt = 0;
    const { status, headers } = await browser.get(address);
    expect(status).toBe(302);
    const start = new URL(headers.location ?? '');
    expect(start.pathname).toBe('/self-service/login/browser');
    expect(start.searchParams.get('return_to')).toBe(
      `${ORIGIN}/auth/login?reason=returned&next=%2Fauth%2Finbox`,
    );
  });

  it.each([
    ['410 with another flow', 410, { use_flow_id: 'other' }, '/auth/kratos/login?flow=other'],
    ['422 to itself', 422, { redirect_browser_to: 'KRATOS/self-service/x' }, 'KRATOS/self-service/x'],
    ['403 to a fresh sign-in', 403, { redirect_browser_to: 'KRATOS/y' }, 'KRATOS/y'],
    ['400 because of a session', 400, { error: { id: 'session_already_available' } }, '/auth/login'],
  ])('leads on: %s', async (_name, status, own, target) => {
    const at = (text: string) => text.replaceAll('KRATOS', harness.stub.publicUrl);
    const body = at(JSON.stringify({ error: { message: 'x', reason: 'y' }, ...own }));
    harness.stub.setFault({ on: 'login/flows', status, body });
    const { headers } = await createBrowser(harness.app).get('/auth/kratos/login?flow=any');
    expect(headers.location).toBe(at(target));
  });

  it.each([
    ['of another browser', 403, '{"error":{"id":"security_csrf_violation"}}', 403],
    ['that is unknown', 404, '{"error":{}}', 403],
    ['that leads to nowhere of ours', 422, '{"error":{},"redirect_browser_to":"https://evil.example/"}', 503],
    ['whose form goes elsewhere', 200, '{"id":"x","ui":{"action":"https://evil.example/","nodes":[]}}', 503],
    ['with an error', 500, '{"error":"at line 3"}', 503],
    ['asked for too often', 429, '{}', 503],
    ['in HTML', 200, '<h1>at line 3</h1>', 503],
    ['that is too large', 200, `"${'x'.repeat(2_000_000)}"`, 503],
  ])('(%s) is a page that says so', async (_name, status, body, expected) => {
    harness.stub.setFault({ on: 'login/flows', status, body });
    const page = await createBrowser(harness.app).get('/auth/kratos/login?flow=any');
    expect([page.status, page.type]).toEqual([expected, 'text/html']);
    expect(page.headers.location).toBeUndefined();
    expect(page.text).not.toMatch(/line 3|Error:|evil/);
  });

  it.each(['a b', '../x', 'a'.repeat(200)])('(%s) is no flow, and Kratos is not asked', async (flow) => {
    const { status } = await createBrowser(harness.app).get(
      `/auth/kratos/login?${new URLSearchParams({ flow })}`,
    );
    expect([status, harness.stub.calls]).toEqual([403, []]);
  });

  it('is 503 after its time when Kratos says nothing', async () => {
    harness.stub.setFault({ on: 'login/flows', silence: true });
    expect((await createBrowser(harness.app).get('/auth/kratos/login?flow=any')).status).toBe(503);
  });

  it('is not begun while Kratos is away: the page says so instead of leading there', async () => {
    harness.stub.setFault({ on: 'whoami', status: 502 });
    const browser = createBrowser(harness.app);
    for (const name of ['login', 'kratos/login', 'register', 'recovery', 'verify']) {
      const page = await browser.get(`/auth/${name}`);
      expect([name, page.status, page.headers.location]).toEqual([name, 503, undefined]);
      expect(page.text).toContain('Ory Kratos, which knows who people are here, does not answer');
    }
    expect((await browser.get('/auth/login?way=local')).status).toBe(200);
  });

  it('makes no form of what it does not know', async () => {
    const node = (attributes: object, type = 'input') => ({
      type,
      group: 'password',
      messages: [],
      meta: {},
      attributes,
    });
    const nodes = [
      ...[
        node({ name: 'a"><b>', type: 'text', value: '"><script>' }),
        null,
        7,
        node({}, 'script'),
        { type: 'new' },
      ],
      node({ src: 'https://evil.example/x.png' }, 'img'),
      node({ href: 'javascript:alert(1)', title: { text: 'x' } }, 'a'),
    ];
    const action = `${harness.stub.publicUrl}/self-service/login?flow=x`;
    harness.stub.setFault({
      on: 'login/flows',
      status: 200,
      body: JSON.stringify({ id: 'x', ui: { action, nodes } }),
    });
    const { status, text } = await createBrowser(harness.app).get('/auth/kratos/login?flow=x');
    expect(status).toBe(200);
    expect(text).not.toMatch(/<script|<b>|evil|javascript:/);
  });
});

describe('signing out', () => {
  it('ends both sessions', async () => {
    const session = harness.stub.signIn(somebody());
    const browser = harness.browserWith(session);
    await browser.get('/auth/logout');
    const { status, headers } = await browser.submit('/auth/logout', {});
    expect([status, headers.location]).toEqual([303, expect.stringContaining('/self-service/logout?')]);
    const { location } = await atKratos(browser, headers.location ?? '');
    expect((await browser.get(location)).text).toContain('You are signed out.');
    expect([session.active, browser.cookies.has('ory_kratos_session')]).toEqual([false, false]);
    const row = await harness.database.kratosSession.findUniqueOrThrow({
      ...{ where: { kratosId: session.id }, include: { session: true } },
    });
    expect(row.session.revokedAt).not.toBeNull();
  });

  it('while Kratos is away ends ours, and what is left there counts here no more', async () => {
    const identity = somebody();
    const session = harness.stub.signIn(identity);
    const browser = harness.browserWith(session);
    await browser.get('/auth/logout');
    harness.stub.setFault({ on: 'logout', status: 500 });
    const { headers } = await browser.submit('/auth/logout', {});
    expect(headers.location).toBe('/auth/login?reason=signed-out');
    expect([session.active, await isSignedIn(browser)]).toEqual([true, false]);
    harness.clock.now = new Date(harness.clock.now.getTime() + 1_000);
    const { location } = await signIn(browser, String(identity.traits.email));
    await browser.get(location);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('D18: needs the form: an address ends nothing', async () => {
    const session = harness.stub.signIn(somebody());
    const browser = harness.browserWith(session);
    await browser.get('/auth/logout');
    const { status } = await browser.submit('/auth/logout', { csrf_token: 'x' });
    expect([status, session.active, await isSignedIn(browser)]).toEqual([403, true, true]);
  });
});
