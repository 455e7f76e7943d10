import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import request from 'supertest';
import { arrive, beginSignIn, CALLBACK, later, openSignOn, type SignOn, tokensOf } from './single-sign-on.ts';

let signOn: SignOn;
let ada: string;
const email = 'ada@example.org';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

beforeAll(async () => {
  signOn = await openSignOn();
  ada = await signOn.person(email);
});

afterAll(() => signOn.close());

const deviceClient = () =>
  signOn.client({
    ...{ client_name: 'Television', redirect_uris: [], token_endpoint_auth_method: 'none' },
    grant_types: [DEVICE, 'refresh_token'],
  });

/** Asks once for the tokens of a device. */
async function poll(configuration: client.Configuration, device: client.DeviceAuthorizationResponse) {
  const answer = await fetch(`${signOn.origin}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: DEVICE, device_code: device.device_code },
      client_id: configuration.clientMetadata().client_id,
    }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

/** Lets the device ask again at once, as it may after five seconds. */
const rest = () => signOn.harness.database.oidcRecord.updateMany({ data: { polledAt: null } });

describe('a device without a browser', () => {
  it('shows a code, waits, and gets tokens when somebody lets it in', async () => {
    const configuration = await deviceClient();
    const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid email' });
    expect(device.verification_uri).toBe(`${signOn.origin}/auth/device`);
    const browser = signOn.browser();
    await browser.go(String(device.verification_uri_complete));
    const page = await browser.signIn(email);
    expect(page.text).toContain(`value="${device.user_code}"`);
    const question = await browser.submit({ user_code: device.user_code.toLowerCase().replace('-', ' ') });
    expect(question.text).toContain('Let Television in?');
    expect((await browser.submit({ decision: 'allow' })).text).toContain('The device is connected');
    const tokens = await client.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0.1 });
    expect(tokens.claims()).toMatchObject({ sub: ada, email });
    expect(
      (await client.refreshTokenGrant(configuration, String(tokens.refresh_token))).access_token,
    ).toBeTruthy();
  });

  it('D26: that asks too often is told to slow down', async () => {
    const configuration = await deviceClient();
    const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
    expect((await poll(configuration, device)).body.error).toBe('authorization_pending');
    expect((await poll(configuration, device)).body.error).toBe('slow_down');
    await rest();
    expect((await poll(configuration, device)).body.error).toBe('authorization_pending');
  });

  it('D26: is let in once: a second yes finds nothing, and so do a second poll and a code that is over', async () => {
    const configuration = await deviceClient();
    const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
    const [one, other] = [signOn.browser(), signOn.browser()];
    for (const browser of [one, other]) {
      await browser.go('/auth/device');
      await browser.go('/auth/login?next=/auth/device');
      await browser.signIn(email);
      await browser.submit({ user_code: device.user_code });
    }
    const answers = await Promise.all([one, other].map((browser) => browser.submit({ decision: 'allow' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await poll(configuration, device)).status).toBe(200);
    await rest();
    expect((await poll(configuration, device)).body.error).toBe('invalid_grant');
    const late = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
    await later(601, async () => {
      await rest();
      expect((await poll(configuration, late)).body.error).toBe('expired_token');
    });
  });

  it('is told when the person says no', async () => {
    const configuration = await deviceClient();
    const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
    const browser = signOn.browser();
    await browser.go('/auth/login?next=/auth/device');
    await browser.signIn(email);
    await browser.submit({ user_code: device.user_code });
    expect((await browser.submit({ decision: 'deny' })).text).toContain('The device is not connected');
    expect((await poll(configuration, device)).body.error).toBe('access_denied');
  });

  it('D26: its codes cannot be guessed: after ten wrong ones nobody is listened to', async () => {
    await signOn.person('guesser@example.org');
    const browser = signOn.browser();
    await browser.go('/auth/login?next=/auth/device');
    await browser.signIn('guesser@example.org');
    const statuses: number[] = [];
    for (let time = 0; time < 11; time += 1) {
      await browser.go('/auth/device');
      statuses.push((await browser.submit({ user_code: 'BBBB-BBBB' })).status);
    }
    expect(statuses).toEqual([...Array(10).fill(400), 429]);
  });

  it('D18 D19: is let in by our own form alone, which cannot be framed', async () => {
    const configuration = await deviceClient();
    const device = await client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
    const browser = signOn.browser();
    await browser.go('/auth/login?next=/auth/device');
    await browser.signIn(email);
    const forgeries = [
      [{ csrf_token: 'x' }, {}],
      [{}, { 'Sec-Fetch-Site': 'cross-site' }],
      [{}, { 'Sec-Fetch-Site': '', Origin: 'https://evil.example' }],
    ] as const;
    for (const [fields, headers] of forgeries) {
      const page = await browser.go('/auth/device');
      expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect((await browser.submit({ user_code: device.user_code, ...fields }, headers)).status).toBe(403);
      await browser.go('/auth/device');
      const question = await browser.submit({ user_code: device.user_code });
      expect(question.text).toContain('Let Television in?');
      expect(question.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect((await browser.submit({ decision: 'allow', ...fields }, headers)).status).toBe(403);
    }
    await rest();
    expect((await poll(configuration, device)).body.error).toBe('authorization_pending');
  });

  it('POST /oidc/device without a session leads to the page', async () => {
    const answer = await fetch(`${signOn.origin}/oidc/device`, {
      ...{ method: 'POST', body: new URLSearchParams({ user_code: 'x' }), redirect: 'manual' },
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/auth/device']);
  });
});

describe('applications and roles', () => {
  async function application(own: object, slug: string) {
    const app = { slug, name: `The ${slug}`, url: 'https://app.example', ...own };
    expect((await signOn.admin('POST', '/admin/apps', app)).status).toBe(201);
    return signOn.client({ app: slug });
  }

  it('shut out who has no role there, and say so to the application', async () => {
    const configuration = await application({}, 'closed');
    const browser = signOn.browser();
    await browser.go(beginSignIn(configuration).address);
    const at = await browser.signIn(email);
    expect(new URL(at.url).searchParams.get('error')).toBe('access_denied');
  });

  it('of our own ask nothing; their roles come as claims, and taking the role ends the tokens', async () => {
    const configuration = await application({}, 'wiki');
    expect((await signOn.admin('PUT', `/admin/apps/wiki/users/${ada}`, { role: 'user' })).status).toBe(200);
    const browser = signOn.browser();
    await browser.go(beginSignIn(configuration).address);
    expect((await browser.signIn(email)).url).toContain(`${CALLBACK}?code=`);
    const { tokens } = await tokensOf(configuration, browser);
    expect(tokens.claims()?.roles).toEqual(['user']);
    await signOn.admin('PUT', `/admin/apps/wiki/users/${ada}`, { role: 'admin' });
    const refreshed = await client.refreshTokenGrant(configuration, String(tokens.refresh_token));
    expect(refreshed.claims()?.roles).toEqual(['admin', 'user']);
    await signOn.admin('PUT', `/admin/apps/wiki/users/${ada}`, { role: 'no access' });
    await expect(
      client.refreshTokenGrant(configuration, String(refreshed.refresh_token)),
    ).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const { body } = await signOn.admin('GET', '/admin/apps/wiki/users');
    expect(body).toMatchObject({ total: 1, items: [{ id: ada, role: 'no access' }] });
  });

  it('of others ask first; claims follow the scopes that were asked for', async () => {
    const configuration = await application({ external: true, default_role: 'user' }, 'foreign');
    const browser = signOn.browser();
    await browser.go(beginSignIn(configuration, { scope: 'openid' }).address);
    expect((await browser.signIn(email)).text).toContain('Let Wiki in?');
    const { tokens } = await tokensOf(configuration, browser, { own: { scope: 'openid' } });
    expect(Object.keys(tokens.claims() ?? {})).not.toEqual(expect.arrayContaining(['email']));
    expect(tokens.claims()).not.toHaveProperty('roles');
    expect(await client.fetchUserInfo(configuration, tokens.access_token, ada)).toEqual({ sub: ada });
  });

  it('are registered, changed and removed with their clients by administrators alone', async () => {
    const configuration = await application({}, 'gone');
    expect(
      (await signOn.admin('POST', '/admin/apps', { slug: 'gone', name: 'x', url: 'https://x.example' }))
        .status,
    ).toBe(409);
    expect(
      (await signOn.admin('PATCH', '/admin/apps/gone', { default_role: 'user' })).body.default_role,
    ).toBe('user');
    expect((await signOn.admin('DELETE', '/admin/apps/gone')).status).toBe(204);
    expect((await signOn.admin('GET', '/admin/apps/gone')).status).toBe(404);
    const id = configuration.clientMetadata().client_id;
    expect((await signOn.admin('GET', `/admin/clients/${id}`)).status).toBe(404);
    const { token } = await signOn.harness.userTokenFor(ada);
    for (const path of ['/admin/apps', '/admin/clients']) {
      await request(signOn.origin).get(path).set('Authorization', `Bearer ${token}`).expect(403);
      await request(signOn.origin).get(path).expect(401);
    }
  });
});

describe('what applications may ask', () => {
  it('PAR: pushed parameters work once', async () => {
    const configuration = await signOn.client({ require_pushed_authorization_requests: true });
    const { address, checks } = beginSignIn(configuration);
    expect((await signOn.browser().go(address)).url).toContain('error=invalid_request');
    const pushed = await client.buildAuthorizationUrlWithPAR(configuration, new URL(address).searchParams);
    const browser = signOn.browser();
    await browser.go(pushed.href);
    await browser.signIn(email);
    const at = await browser.submit({ decision: 'allow' });
    const tokens = await client.authorizationCodeGrant(configuration, new URL(at.url), checks);
    expect(tokens.claims()?.sub).toBe(ada);
    expect(new URL((await browser.go(pushed.href)).url).searchParams.get('error') ?? 'page').toMatch(
      /invalid_request_uri|page/,
    );
  });

  it('a resource: gets a JWT of ten minutes for one service, which no userinfo and no other service takes', async () => {
    const configuration = await signOn.client();
    const own = { resource: 'urn:flyloft:data-sets', scope: 'openid read' };
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email, own });
    const jwks = createRemoteJWKSet(new URL(`${signOn.origin}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(tokens.access_token, jwks, {
      ...{ issuer: signOn.origin, audience: 'data-sets', typ: 'at+jwt', algorithms: ['RS256'] },
    });
    expect(payload).toMatchObject({
      sub: ada,
      scope: 'read',
      client_id: configuration.clientMetadata().client_id,
    });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(600);
    await expect(client.fetchUserInfo(configuration, tokens.access_token, ada)).rejects.toThrow();
    await request(signOn.origin)
      .get('/auth/me')
      .set('Authorization', `Bearer ${tokens.access_token}`)
      .expect(401);
    const unknown = await signOn
      .browser()
      .go(beginSignIn(configuration, { resource: 'urn:flyloft:nothing' }).address);
    expect(unknown.url).toContain('error=invalid_target');
  });

  it('a machine gets tokens of its own, opaque or for a service', async () => {
    const configuration = await signOn.client({ grant_types: ['client_credentials'], redirect_uris: [] });
    const own = await client.clientCredentialsGrant(configuration);
    expect(await client.tokenIntrospection(configuration, own.access_token)).toMatchObject({ active: true });
    const resource = 'urn:flyloft:os.datastore';
    const { access_token: token } = await client.clientCredentialsGrant(configuration, {
      resource,
      scope: 'read',
    });
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'at+jwt', alg: 'RS256' });
  });

  it('a fresh sign-in (prompt=login, max_age) shows the sign-in page to who is signed in', async () => {
    const configuration = await signOn.client();
    const browser = signOn.browser();
    await arrive(configuration, browser, { email });
    const earlier = new Date(Date.now() - 60_000);
    await signOn.harness.database.session.updateMany({ data: { authenticatedAt: earlier } });
    const { address, checks } = beginSignIn(configuration, { prompt: 'login' });
    expect((await browser.go(address)).url).toContain('/auth/login?reason=again');
    const at = await browser.signIn(email);
    expect(at.url).toContain('?code=');
    expect((await client.authorizationCodeGrant(configuration, new URL(at.url), checks)).claims()?.sub).toBe(
      ada,
    );
    await later(120, async () => {
      expect((await browser.go(beginSignIn(configuration, { max_age: '60' }).address)).url).toContain(
        'reason=again',
      );
    });
    const silent = await signOn.browser().go(beginSignIn(configuration, { prompt: 'none' }).address);
    expect(silent.url).toContain('error=login_required');
  });

  it('signing out: asks the person, ends the session here, and leads back to the application', async () => {
    const back = 'https://app.example/bye';
    const configuration = await signOn.client({ post_logout_redirect_uris: [back] });
    const browser = signOn.browser();
    const { tokens } = await tokensOf(configuration, browser, { email });
    const hint = { id_token_hint: String(tokens.id_token), state: 's' };
    const foreign = client.buildEndSessionUrl(configuration, {
      ...hint,
      post_logout_redirect_uri: 'https://evil.example/',
    });
    expect((await browser.go(foreign.href)).status).toBe(400);
    const address = client.buildEndSessionUrl(configuration, { ...hint, post_logout_redirect_uri: back });
    expect((await browser.go(address.href)).text).toContain('Wiki asks to sign you out');
    expect((await browser.go('/auth/settings')).url).toContain('/auth/settings');
    await browser.go(address.href);
    expect((await browser.submit({ xsrf: 'wrong', logout: 'yes' })).status).toBe(400);
    await browser.go(address.href);
    expect((await browser.submit({ logout: 'yes' })).url).toBe(`${back}?state=s`);
    expect((await browser.go('/auth/settings')).url).toContain('/auth/login');
    await expect(client.refreshTokenGrant(configuration, String(tokens.refresh_token))).rejects.toThrow();
  });
});

describe('the provider', () => {
  it('says where it is by the configured address, whatever the Host header says', async () => {
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      const { body } = await request(signOn.harness.app)
        .get(`/.well-known/${name}`)
        .set({ Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' })
        .expect(200);
      expect(JSON.stringify(body)).not.toContain('evil');
      expect(body).toMatchObject({
        issuer: signOn.origin,
        token_endpoint: `${signOn.origin}/oidc/token`,
        jwks_uri: `${signOn.origin}/.well-known/jwks.json`,
        code_challenge_methods_supported: ['S256'],
        response_types_supported: ['code'],
      });
    }
  });

  it('D24: signs with the new key after a rotation, and still takes hints that the key before signed', async () => {
    const configuration = await signOn.client();
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email });
    const before = decodeProtectedHeader(String(tokens.id_token)).kid;
    await signOn.harness.keys.rotate({ now: new Date(), force: true }, { actor: null });
    const browser = signOn.browser();
    const { tokens: after } = await tokensOf(configuration, browser, { email });
    expect(decodeProtectedHeader(String(after.id_token)).kid).toBe(signOn.harness.keyRing.active.kid);
    expect(signOn.harness.keyRing.active.kid).not.toBe(before);
    const address = client.buildEndSessionUrl(configuration, { id_token_hint: String(tokens.id_token) });
    expect((await browser.go(address.href)).text).toContain('asks to sign you out');
  });

  it('answers odd requests with an error of the protocol, never with a 500', async () => {
    const odd = [
      ['GET', '/oidc/auth'],
      ['GET', '/oidc/auth?client_id=a&client_id=b'],
      ['GET', '/oidc/auth/nothing'],
      ['GET', '/oidc/auth?client_id=%00'],
      ['POST', '/oidc/token'],
      ['GET', '/oidc/me'],
      ['POST', '/oidc/me'],
      ['POST', '/oidc/session/end/confirm'],
      ['GET', '/oidc/session/end?id_token_hint=x'],
      ['POST', '/oidc/device/auth'],
      ['GET', '/oidc/session/end/success?client_id=%00'],
      ['POST', '/oidc/request'],
      ['POST', '/oidc/token/introspection'],
      ['GET', '/auth/consent'],
      ['GET', '/auth/device'],
      ['POST', '/oidc/token/revocation'],
    ] as const;
    for (const [method, path] of odd) {
      const answer = await fetch(`${signOn.origin}${path}`, { method, redirect: 'manual' });
      expect([method, path, answer.status < 500]).toEqual([method, path, true]);
    }
  });
});
