import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import * as client from 'openid-client';
import { hashPassword } from '../src/users/password.ts';
import { type Harness, openHarness } from './harness.ts';
import { createNavigator, type Navigator } from './navigator.ts';

export const CALLBACK = 'http://127.0.0.1:9/callback';
const PASSWORD = 'correct horse battery';

interface SigningBrowser extends Navigator {
  /** Fills in the sign-in page. */
  readonly signIn: (email: string) => ReturnType<Navigator['go']>;
}

interface AdminAnswer {
  readonly status: number;
  readonly body: Record<string, string>;
}

export interface SignOn {
  readonly harness: Harness;
  readonly origin: string;
  readonly browser: () => SigningBrowser;
  /** A person with a password, by e-mail address. */
  readonly person: (email: string) => Promise<string>;
  readonly admin: (method: string, path: string, body?: object) => Promise<AdminAnswer>;
  /** Registers a client and discovers the provider as it. */
  readonly client: (metadata?: object) => Promise<client.Configuration>;
  readonly close: () => Promise<void>;
}

function openBrowser(origin: string): SigningBrowser {
  const navigator = createNavigator(origin);
  return { ...navigator, signIn: (email) => navigator.submit({ email, password: PASSWORD }) };
}

interface SignOnOptions extends Pick<Parameters<typeof openHarness>[0] & object, 'logger'> {
  /** Sees every request beside auth. */
  readonly observe?: RequestListener;
}

/** Auth on a port of its own, at its own address, by the system's clock. */
export async function openSignOn({ observe, ...own }: SignOnOptions = {}): Promise<SignOn> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const harness = await openHarness({ ...own, origin, realTime: true });
  if (observe) server.on('request', observe);
  server.on('request', harness.app);
  const admin: SignOn['admin'] = async (method, path, body) => {
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: { Authorization: `Bearer ${harness.adminToken}`, 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    ...{ harness, origin, admin, browser: () => openBrowser(origin) },
    person: async (email) => {
      const passwordHash = await hashPassword(PASSWORD);
      const user = { email, passwordHash, roles: ['user'], name: 'Ada' };
      return (await harness.stores.users.create(user, undefined, { actor: null })).id;
    },
    client: async (metadata = {}) => {
      const wanted = { client_name: 'Wiki', redirect_uris: [CALLBACK], ...metadata };
      const { status, body } = await admin('POST', '/admin/clients', wanted);
      if (status !== 201) throw new Error(JSON.stringify(body));
      return client.discovery(
        new URL(origin),
        String(body.client_id),
        body.client_secret,
        body.client_secret ? client.ClientSecretBasic(body.client_secret) : client.None(),
        { execute: [client.allowInsecureRequests] },
      );
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await harness.close();
    },
  };
}

const TIMERS = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'] as const),
  ...(['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

/** Does something so many seconds from now, by every clock of this process. */
export async function later(seconds: number, act: () => Promise<unknown>): Promise<void> {
  jest.useFakeTimers({ now: Date.now() + seconds * 1000, doNotFake: TIMERS });
  try {
    await act();
  } finally {
    jest.useRealTimers();
  }
}

export function pkce() {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  return { verifier, challenge };
}

/** Parameters of a sign-in, and what its answer is checked against. */
export function beginSignIn(configuration: client.Configuration, own: Record<string, string> = {}) {
  const { verifier, challenge } = pkce();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const address = client.buildAuthorizationUrl(configuration, {
    ...{ redirect_uri: CALLBACK, scope: 'openid profile email roles', state, nonce },
    ...{ code_challenge: challenge, code_challenge_method: 'S256', ...own },
  });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce };
  return { address: address.href, verifier, checks };
}

/** Signs somebody in at a client whose question, if there is one, they answer with yes. */
export async function arrive(
  configuration: client.Configuration,
  browser: SigningBrowser,
  { email, own }: { email?: string; own?: Record<string, string> } = {},
) {
  const { address, verifier, checks } = beginSignIn(configuration, own);
  let at = await browser.go(address);
  if (email !== undefined && at.url.includes('/auth/login')) at = await browser.signIn(email);
  if (at.url.includes('/auth/consent')) at = await browser.submit({ decision: 'allow' });
  return { at, verifier, checks, callback: new URL(at.url) };
}

/** The same, up to the tokens. */
export async function tokensOf(
  configuration: client.Configuration,
  browser: SigningBrowser,
  options: { email?: string; own?: Record<string, string> } = {},
) {
  const { callback, checks, verifier } = await arrive(configuration, browser, options);
  const parameters = options.own?.resource ? { resource: options.own.resource } : {};
  const tokens = await client.authorizationCodeGrant(configuration, callback, checks, parameters);
  return { tokens, callback, checks, verifier };
}
