import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from 'openid-client';
import { hashPassword } from '../src/users/password.ts';
import { type Harness, openHarness } from './harness.ts';

export const CALLBACK = 'http://127.0.0.1:9/callback';
export const PASSWORD = 'correct horse battery';

/** A browser that goes where it is sent, as long as that is the platform. */
export interface Navigator {
  /** The page at the end, or the address outside of the platform that the way led to. */
  readonly go: (address: string) => Promise<Arrival>;
  /** Sends the form of the last page, as it stands and with these fields. */
  readonly submit: (fields?: Record<string, string>, headers?: Record<string, string>) => Promise<Arrival>;
  readonly signIn: (email: string) => Promise<Arrival>;
}

export interface Arrival {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly headers: Headers;
}

const decode = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');

function createNavigator(origin: string): Navigator {
  const jar: { name: string; value: string; path: string }[] = [];
  let page: Arrival = { status: 0, url: origin, text: '', headers: new Headers() };
  const keep = (lines: readonly string[], url: URL) => {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(name.length + 1);
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? url.pathname;
      const at = jar.findIndex((cookie) => cookie.name === name && cookie.path === path);
      if (at >= 0) jar.splice(at, 1);
      if (value !== '' && !line.includes('01 Jan 1970')) jar.push({ name, value, path });
    }
  };
  const send = async (address: string, init: RequestInit = {}, hops = 0): Promise<Arrival> => {
    const url = new URL(address, origin);
    if (url.origin !== origin || hops > 12) {
      return { status: 0, url: url.href, text: '', headers: new Headers() };
    }
    const own = jar.filter(
      ({ path }) => url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, '/')),
    );
    const headers = new Headers(init.headers);
    headers.set('Cookie', own.map(({ name, value }) => `${name}=${value}`).join('; '));
    headers.set('Accept', 'text/html');
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    keep(answer.headers.getSetCookie(), url);
    const location = answer.headers.get('location');
    if (location !== null) return send(new URL(location, url).href, {}, hops + 1);
    page = { status: answer.status, url: url.href, text: await answer.text(), headers: answer.headers };
    return page;
  };
  const submit: Navigator['submit'] = (fields = {}, headers = {}) => {
    const [, form = ''] = page.text.split('<form');
    const action = decode(/action="([^"]*)"/.exec(form)?.[1] ?? '');
    const inputs = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    const hidden = Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, decode(value)]));
    return send(new URL(action, page.url).href, {
      method: 'POST',
      body: new URLSearchParams({ ...hidden, ...fields }),
      headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin', ...headers },
    });
  };
  return { go: send, submit, signIn: (email) => submit({ email, password: PASSWORD }) };
}

interface AdminAnswer {
  readonly status: number;
  readonly body: Record<string, string>;
}

export interface SignOn {
  readonly harness: Harness;
  readonly origin: string;
  readonly browser: () => Navigator;
  /** A person with a password, by e-mail address. */
  readonly person: (email: string) => Promise<string>;
  readonly admin: (method: string, path: string, body?: object) => Promise<AdminAnswer>;
  /** Registers a client and discovers the provider as it. */
  readonly client: (metadata?: object) => Promise<client.Configuration>;
  readonly close: () => Promise<void>;
}

/** Auth on a port of its own, at its own address, by the system's clock. */
export async function openSignOn(): Promise<SignOn> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const harness = await openHarness({ origin, realTime: true });
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
    ...{ harness, origin, admin, browser: () => createNavigator(origin) },
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
        body.client_id,
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
  browser: Navigator,
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
  browser: Navigator,
  options: { email?: string; own?: Record<string, string> } = {},
) {
  const { callback, checks, verifier } = await arrive(configuration, browser, options);
  const parameters = options.own?.resource ? { resource: options.own.resource } : {};
  const tokens = await client.authorizationCodeGrant(configuration, callback, checks, parameters);
  return { tokens, callback, checks, verifier };
}
