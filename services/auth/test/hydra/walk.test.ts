import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createHydraClient } from '../../src/hydra/hydra-client.ts';
import { createBrowser, type TestBrowser } from '../browser.ts';
import { type HydraHarness, openHydraHarness, PASSWORD, type Person } from './hydra-harness.ts';

// A real Hydra when there is one: with urls.login, urls.consent and urls.logout at any origin's /hydra/….
const { HYDRA_ADMIN_URL: realAdmin, HYDRA_PUBLIC_URL: realPublic } = process.env;
const CALLBACK = 'http://127.0.0.1:5555/callback';
const AFTER = 'http://127.0.0.1:5555/after';

const clientSchema = z.object({ client_id: z.string(), client_secret: z.string() });
const tokensSchema = z.object({ id_token: z.string(), refresh_token: z.string() });

let harness: HydraHarness;
let ada: Person;
let publicUrl: string;
let clientId: string;
let secret: string;

beforeAll(async () => {
  const real = realAdmin &&
    realPublic && {
      hydra: createHydraClient({ adminUrl: realAdmin }),
      publicOrigin: new URL(realPublic).origin,
    };
  harness = await openHydraHarness(real || {});
  publicUrl = (realPublic ?? harness.stub.publicUrl).replace(/\/+$/, '');
  ada = await harness.person('ada@example.org');
  const answer = await fetch(`${realAdmin ?? harness.stub.adminUrl}/admin/clients`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      ...{ client_id: crypto.randomUUID(), client_secret: 'a-secret-of-the-walk', client_name: 'The wiki' },
      ...{ redirect_uris: [CALLBACK], post_logout_redirect_uris: [AFTER], metadata: { app: 'wiki' } },
      ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
      ...{
        scope: 'openid offline_access profile email roles',
        token_endpoint_auth_method: 'client_secret_post',
      },
    }),
  });
  ({ client_id: clientId, client_secret: secret } = clientSchema.parse(await answer.json()));
});

afterAll(() => harness.close());

const browsers: TestBrowser[] = [];

function newBrowser(): TestBrowser {
  const browser = createBrowser(harness.app);
  browsers.push(browser);
  return browser;
}

/** The browser's legs at Hydra, with the cookies that it sets. */
function createHydraLegs() {
  const cookies = new Map<string, string>();
  return async (address: string): Promise<string> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(address, { redirect: 'manual', headers: { Cookie: cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    expect([302, 303]).toContain(answer.status);
    return new URL(answer.headers.get('location') ?? '', publicUrl).href;
  };
}

type Legs = ReturnType<typeof createHydraLegs>;

/** The path and query of one of our pages that Hydra leads to. */
function ourPage(address: string, path: string, parameter: string): string {
  const url = new URL(address);
  expect([url.pathname, url.searchParams.has(parameter)]).toEqual([path, true]);
  return `${url.pathname}${url.search}`;
}

function begin(): string {
  const query = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: CALLBACK,
    state: 'state-of-the-walk',
  };
  const scope = 'openid offline_access profile email roles';
  return `${publicUrl}/oauth2/auth?${new URLSearchParams({ ...query, scope })}`;
}

/** From the verifier of a login to the code that the application gets. */
async function consent(browser: TestBrowser, hydra: Legs, loginVerified: string): Promise<URL> {
  expect(loginVerified).toMatch(new RegExp(`^${publicUrl}/oauth2/auth\\?.*login_verifier=`));
  const asked = ourPage(await hydra(loginVerified), '/hydra/consent', 'consent_challenge');
  const page = await browser.get(asked);
  expect(page.text).toContain('Let The wiki in?');
  const ticked = {
    'scope.openid': 'on',
    'scope.profile': 'on',
    'scope.roles': 'on',
    'scope.offline_access': 'on',
  };
  const allowed = await browser.submit('/hydra/consent', { ...ticked, decision: 'allow' });
  expect(allowed.headers.location).toMatch(/consent_verifier=/);
  return new URL(await hydra(allowed.headers.location ?? ''));
}

async function tokens(form: Record<string, string>) {
  const answer = await fetch(`${publicUrl}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, client_id: clientId, client_secret: secret }),
  });
  expect(answer.status).toBe(200);
  return tokensSchema.parse(await answer.json());
}

const claimsOf = (idToken: string) =>
  JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());

it('the whole chain: authorize → login → consent → code → tokens → refresh → a second sign-in → logout', async () => {
  const [browser, hydra] = [newBrowser(), createHydraLegs()];
  const login = ourPage(await hydra(begin()), '/hydra/login', 'login_challenge');
  expect((await browser.get(login)).status).toBe(200);
  const signedIn = await browser.submit('/hydra/login', { email: ada.email, password: PASSWORD });
  expect(signedIn.status).toBe(303);
  const onward = await browser.get(signedIn.headers.location ?? '');
  const callback = await consent(browser, hydra, onward.headers.location ?? '');
  expect(callback.origin + callback.pathname).toBe(CALLBACK);
  expect(callback.searchParams.get('state')).toBe('state-of-the-walk');

  const code = callback.searchParams.get('code') ?? '';
  const first = await tokens({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
  expect(claimsOf(first.id_token)).toMatchObject({ sub: ada.id, name: 'Ada', roles: ['user'] });
  expect(claimsOf(first.id_token)).not.toHaveProperty('email');
  const renewed = await tokens({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
  expect(claimsOf(renewed.id_token).sub).toBe(ada.id);

  // Hydra remembers the browser now: no page is shown.
  const again = ourPage(await hydra(begin()), '/hydra/login', 'login_challenge');
  const { headers } = await browser.get(again);
  await consent(browser, hydra, headers.location ?? '');

  const query = { id_token_hint: renewed.id_token, post_logout_redirect_uri: AFTER };
  const leaving = `${publicUrl}/oauth2/sessions/logout?${new URLSearchParams(query)}`;
  await browser.get(ourPage(await hydra(leaving), '/hydra/logout', 'logout_challenge'));
  const out = await browser.submit('/hydra/logout', { decision: 'accept' });
  expect(await hydra(out.headers.location ?? '')).toBe(AFTER);
  expect((await browser.get('/auth/logout')).text).toContain('You are not signed in');
});

it('the whole chain, when the person says no: the application gets access_denied', async () => {
  const [browser, hydra] = [newBrowser(), createHydraLegs()];
  await browser.get(ourPage(await hydra(begin()), '/hydra/login', 'login_challenge'));
  const { headers } = await browser.submit('/hydra/login', { decision: 'deny' });
  const callback = new URL(await hydra(headers.location ?? ''));
  expect(callback.searchParams.get('error')).toBe('access_denied');
});

it('D8: on none of these ways a Location carries a token, a session id, a password, or what an application is told of the person', () => {
  const locations = browsers.flatMap((browser) => browser.locations);
  expect(locations.length).toBeGreaterThan(5);
  const sessions = browsers.flatMap(({ cookies }) => [...cookies.values()]);
  for (const location of locations) {
    expect(location).not.toMatch(
      /eyJ[\w-]{8,}\.|fl_pat_|[?&#](?:id_token_hint|access_token|token|jwt|password)=/,
    );
    for (const secret of [...sessions, PASSWORD, ada.email, ada.id]) {
      expect(decodeURIComponent(location)).not.toContain(secret);
    }
  }
});
