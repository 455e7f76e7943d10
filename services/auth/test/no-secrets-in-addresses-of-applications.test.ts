import { createLogger } from '@flyloft/service-kit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { arrive, beginSignIn, CALLBACK, openSignOn, type SignOn, tokensOf } from './single-sign-on.ts';

// Walks the ways of single sign-on and collects what leaves auth by the way: addresses and log lines.

const AFTER = 'http://127.0.0.1:9/after';
const email = 'ada@example.org';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const TOKEN_SHAPES = /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|fl_pat_|\$argon2/;

const locations: string[] = [];
const logLines: string[] = [];
/** What nobody but its owner may see, by what it is. */
const secrets = new Map<string, string>();
let signOn: SignOn;

function keep(what: string, secret: string | undefined): void {
  if (!secret) throw new Error(`The walk met no ${what}`);
  secrets.set(`${what} ${secrets.size}`, secret);
}

function keepTokens(tokens: { access_token: string; refresh_token?: string; id_token?: string }): void {
  keep('access token', tokens.access_token);
  if (tokens.refresh_token) keep('refresh token', tokens.refresh_token);
  if (tokens.id_token) keep('ID token', tokens.id_token);
}

async function throughACode(configuration: client.Configuration): Promise<void> {
  const browser = signOn.browser();
  const { tokens, callback, verifier } = await tokensOf(configuration, browser, { email });
  keep('PKCE verifier', verifier);
  keep('code', callback.searchParams.get('code') ?? undefined);
  keepTokens(tokens);
  if (tokens.refresh_token) keepTokens(await client.refreshTokenGrant(configuration, tokens.refresh_token));
  // without a page, with one again, by a pushed request, and into nothing
  keepTokens((await tokensOf(configuration, browser, { own: { prompt: 'none' } })).tokens);
  await arrive(configuration, browser, { email, own: { prompt: 'login' } });
  await arrive(configuration, signOn.browser(), { own: { prompt: 'none' } });
  await arrive(configuration, browser, { own: { code_challenge: '' } });
  await arrive(configuration, browser, { own: { redirect_uri: 'https://evil.example/' } });
  const { verifier: pushed, address } = beginSignIn(configuration);
  keep('PKCE verifier', pushed);
  const parameters = Object.fromEntries(new URL(address).searchParams);
  await browser.go((await client.buildAuthorizationUrlWithPAR(configuration, parameters)).href);
  await leave(configuration, browser, tokens.id_token ?? '');
}

async function leave(
  configuration: client.Configuration,
  browser: ReturnType<SignOn['browser']>,
  idToken: string,
): Promise<void> {
  const query = { id_token_hint: idToken, post_logout_redirect_uri: AFTER, state: 'over' };
  await browser.go(client.buildEndSessionUrl(configuration, query).href);
  expect((await browser.submit()).url).toBe(`${AFTER}?state=over`);
  await browser.go('/auth/settings');
}

async function sayingNo(configuration: client.Configuration): Promise<void> {
  const browser = signOn.browser();
  await browser.go(beginSignIn(configuration).address);
  await browser.signIn(email);
  await browser.submit({ decision: 'deny' });
}

async function byADevice(): Promise<void> {
  const configuration = await signOn.client({
    ...{ client_name: 'Television', redirect_uris: [], token_endpoint_auth_method: 'none' },
    grant_types: [DEVICE, 'refresh_token'],
  });
  const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid email' });
  keep('device code', device.device_code);
  const browser = signOn.browser();
  await browser.go(String(device.verification_uri_complete));
  await browser.signIn(email);
  await browser.submit({ user_code: device.user_code });
  await browser.submit({ decision: 'allow' });
  keepTokens(await client.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0.1 }));
}

beforeAll(async () => {
  signOn = await openSignOn({
    logger: createLogger('auth', 'trace', { write: (line) => logLines.push(line) }),
    observe: (_req, res) => {
      res.once('finish', () => {
        const location = res.getHeader('location');
        if (location !== undefined) locations.push(String(location));
        for (const line of [res.getHeader('set-cookie') ?? []].flat().map(String)) {
          const [, value] = /^[^=]*session[^=]*=([^;]+)/.exec(line) ?? [];
          if (value !== undefined && value.length > 20) keep('cookie', value);
        }
      });
    },
  });
  await signOn.person(email);
  const configuration = await signOn.client({ post_logout_redirect_uris: [AFTER] });
  keep('client secret', configuration.clientMetadata().client_secret);
  await throughACode(configuration);
  await sayingNo(await signOn.client());
  await byADevice();
});

afterAll(() => signOn.close());

const codeOf = (location: string) => /[?&#]code=([\w-]+)/.exec(location)?.[1];

/** What a text gives away. */
const givenAway = (text: string) => [
  ...(TOKEN_SHAPES.exec(text) ?? []),
  ...[...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => what),
];

describe('the walk through single sign-on', () => {
  it('goes everywhere', () => {
    const seen = (start: string) => locations.filter((location) => location.startsWith(start)).length;
    expect(seen(`${CALLBACK}?code=`)).toBeGreaterThan(2);
    expect(seen(`${CALLBACK}?error=login_required`)).toBe(1);
    expect(seen(`${CALLBACK}?error=access_denied`)).toBe(1);
    expect(seen(AFTER)).toBe(1);
    expect(locations.some((location) => location.includes('/auth/consent'))).toBe(true);
    expect(locations.some((location) => location.includes('/auth/login'))).toBe(true);
    expect(secrets.size).toBeGreaterThan(15);
  });

  it('D8: no Location carries a token, a session, a verifier or a secret; a code goes to its client alone', () => {
    for (const location of locations) {
      const code = codeOf(location);
      if (code !== undefined) expect(location.startsWith(`${CALLBACK}?`)).toBe(true);
      const address = code === undefined ? location : location.replace(code, '');
      expect([address, givenAway(decodeURIComponent(address))]).toEqual([address, []]);
      expect(address).not.toMatch(
        /[?&#](?:jwt|token|access_token|id_token|id_token_hint|refresh_token|code_verifier|client_secret|device_code)=./,
      );
    }
  });

  it('D8 D25: no log line carries one either, at the most talkative level', () => {
    expect(logLines.length).toBeGreaterThan(30);
    for (const line of new Set(logLines)) expect([line, givenAway(line)]).toEqual([line, []]);
  });
});
