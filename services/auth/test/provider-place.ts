import {
  createTestOAuthServer,
  createTestProvider,
  type TestOAuthServer,
  type TestProvider,
} from '@flyloft/testing';
import { expect } from '@jest/globals';
import { createOpenIdProvider } from '../src/providers/openid-connect.ts';
import { createGithubProvider, createGoogleProvider } from '../src/providers/passport.ts';
import type { Provider } from '../src/providers/provider.ts';
import type { TestBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

/** An origin that signs in by one-time code, and one of an old client, which gets `?jwt=`. */
export const APP = 'https://app.example';
export const OLD_APP = 'http://old.example';

const endpointsOf = (server: TestOAuthServer, issuer: string) => ({
  ...{ clientId: server.clientId, clientSecret: server.clientSecret, issuer },
  authorizationUrl: `${server.origin}/authorize`,
  tokenUrl: `${server.origin}/token`,
  profileUrl: `${server.origin}/profile`,
  emailUrl: `${server.origin}/emails`,
});

export interface ProviderPlace {
  readonly google: TestOAuthServer;
  readonly github: TestOAuthServer;
  readonly oidc: TestProvider;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly harness: Harness;
  /** Has both providers tell of somebody new; answers the person's subject there. */
  readonly nextPerson: () => number;
  readonly close: () => Promise<void>;
}

/** Auth with three providers, which are played by real local servers. */
export async function openProviderPlace(own: Parameters<typeof openHarness>[0] = {}): Promise<ProviderPlace> {
  const google = await createTestOAuthServer();
  const github = await createTestOAuthServer();
  const oidc = await createTestProvider({ redirectUris: [`${ORIGIN}/auth/city/callback`] });
  const { issuer, clientId } = oidc;
  const all = [
    createGoogleProvider(endpointsOf(google, 'https://accounts.google.com')),
    createGithubProvider(endpointsOf(github, 'https://github.com/login/oauth')),
    createOpenIdProvider({ name: 'city', title: 'City', issuer, clientId, clientSecret: undefined }),
  ];
  const providers = new Map(all.map((provider) => [provider.name, provider]));
  const origins = { allowedNextOrigins: new Set([APP]), compatJwtOrigins: new Set([OLD_APP]) };
  const harness = await openHarness({ ...own, signIn: { providers, ...origins, ...own.signIn } });
  let subject = 1000;
  return {
    ...{ google, github, oidc, providers, harness },
    nextPerson: () => {
      subject += 1;
      google.setToken(undefined);
      google.setRefusing(false);
      google.setPerson({
        body: { sub: String(subject), name: 'Ada', email: `ada${subject}@example.org`, email_verified: true },
      });
      github.setPerson(
        { body: { id: subject, login: `ada${subject}`, name: null } },
        { body: [{ email: `ada${subject}@example.org`, primary: true, verified: true }] },
      );
      return subject;
    },
    close: async () => {
      await Promise.all([google.close(), github.close(), oidc.close()]);
      await harness.close();
    },
  };
}

/** To the provider and back, as a browser goes; answers what the callback does. */
export async function goThrough(browser: TestBrowser, name: string, next?: string) {
  const start = await browser.get(`/auth/${name}/start${next ? `?next=${encodeURIComponent(next)}` : ''}`);
  expect(start.status).toBe(302);
  return browser.get(await backFrom(start.headers.location ?? ''), { 'Sec-Fetch-Site': 'cross-site' });
}

export async function backFrom(address: string): Promise<string> {
  const jar = new Map<string, string>();
  for (let url = address, hop = 0; hop < 6; hop += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = new URL(answer.headers.get('location') ?? '', url).href;
    if (location.startsWith(ORIGIN)) return location;
    url = location;
  }
  throw new Error('The provider never led back');
}

export const meOf = async (browser: TestBrowser) => (await browser.get('/auth/me')).body;
