import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import * as client from 'openid-client';
import { arrive, beginSignIn, CALLBACK, later, openSignOn, type SignOn, tokensOf } from './single-sign-on.ts';

let signOn: SignOn;
let ada: string;
const email = 'ada@example.org';

beforeAll(async () => {
  signOn = await openSignOn();
  ada = await signOn.person(email);
});

afterAll(() => signOn.close());

describe('single sign-on, as a certified client library walks it', () => {
  it('discovery → sign-in → consent → tokens → userinfo → refresh → introspection → revocation', async () => {
    const configuration = await signOn.client();
    const browser = signOn.browser();
    const { tokens } = await tokensOf(configuration, browser, { email });
    const claims = tokens.claims();
    expect(claims).toMatchObject({ sub: ada, iss: signOn.origin, name: 'Ada', email, email_verified: false });
    const info = await client.fetchUserInfo(configuration, tokens.access_token, ada);
    expect(info).toMatchObject({ sub: ada, preferred_username: expect.any(String), email });
    const again = await client.refreshTokenGrant(configuration, String(tokens.refresh_token));
    expect(again.refresh_token).not.toBe(tokens.refresh_token);
    const seen = await client.tokenIntrospection(configuration, again.access_token);
    expect(seen).toMatchObject({ active: true, sub: ada });
    await client.tokenRevocation(configuration, String(again.refresh_token));
    expect(await client.tokenIntrospection(configuration, String(again.refresh_token))).toEqual({
      active: false,
    });
    await expect(client.refreshTokenGrant(configuration, String(again.refresh_token))).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('the second sign-in at the same application asks nothing, in this browser and in another', async () => {
    const configuration = await signOn.client();
    const browser = signOn.browser();
    await tokensOf(configuration, browser, { email });
    const { address } = beginSignIn(configuration);
    expect((await browser.go(address)).url).toMatch(/^http:\/\/127.0.0.1:9\/callback\?code=/);
    const { address: silent } = beginSignIn(configuration, { prompt: 'none' });
    expect((await browser.go(silent)).url).toContain('?code=');
    const other = signOn.browser();
    expect((await other.go(beginSignIn(configuration).address)).url).toContain('/auth/login');
    expect((await other.signIn(email)).url).toContain(`${CALLBACK}?code=`);
  });

  it('every redirect is 303 and says who answers (iss), also with an error', async () => {
    const configuration = await signOn.client({ token_endpoint_auth_method: 'none' });
    const { callback } = await arrive(configuration, signOn.browser(), { email });
    expect(callback.searchParams.get('iss')).toBe(signOn.origin);
    for (const own of [{}, { prompt: 'none' }, { code_challenge_method: 'plain' }]) {
      const { address } = beginSignIn(configuration, own);
      const { status, headers } = await fetch(address, { redirect: 'manual' });
      const target = new URL(headers.get('location') ?? '', signOn.origin);
      const isPage = target.origin === signOn.origin;
      expect([status, target.searchParams.get('iss')]).toEqual([303, isPage ? null : signOn.origin]);
    }
  });

  it('an access token lives ten minutes and an ID token an hour, which nobody takes for an access token', async () => {
    const configuration = await signOn.client();
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email });
    expect([tokens.token_type, tokens.expires_in]).toEqual(['bearer', 600]);
    const { iat = 0, exp = 0 } = tokens.claims() ?? {};
    expect(exp - iat).toBe(3_600);
    expect(decodeProtectedHeader(String(tokens.id_token))).not.toHaveProperty('typ');
    await expect(client.fetchUserInfo(configuration, String(tokens.id_token), ada)).rejects.toThrow();
    // D5: five seconds for clocks that differ
    await later(606, async () => {
      await expect(client.fetchUserInfo(configuration, tokens.access_token, ada)).rejects.toThrow();
    });
  });

  it('an access token that is revoked ends its family; a JWT cannot be revoked or looked into', async () => {
    const configuration = await signOn.client();
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email });
    await client.tokenRevocation(configuration, tokens.access_token);
    expect(await client.tokenIntrospection(configuration, tokens.access_token)).toEqual({ active: false });
    await expect(client.fetchUserInfo(configuration, tokens.access_token, ada)).rejects.toThrow();
    await expect(client.refreshTokenGrant(configuration, String(tokens.refresh_token))).rejects.toMatchObject(
      { error: 'invalid_grant' },
    );
    const own = { resource: 'urn:flyloft:data-sets', scope: 'openid read' };
    const { tokens: bound } = await tokensOf(configuration, signOn.browser(), { email, own });
    const refused = { error: 'unsupported_token_type' };
    await expect(client.tokenRevocation(configuration, bound.access_token)).rejects.toMatchObject(refused);
    await expect(client.tokenIntrospection(configuration, bound.access_token)).rejects.toMatchObject(refused);
  });

  it('D9 D14: pushed parameters need a challenge, and a device code a client that may have one', async () => {
    const configuration = await signOn.client();
    const pushed = new URLSearchParams(new URL(beginSignIn(configuration).address).search);
    pushed.delete('code_challenge');
    const refused = { error: expect.stringMatching(/^(invalid_request|unauthorized_client)$/) };
    await expect(client.buildAuthorizationUrlWithPAR(configuration, pushed)).rejects.toMatchObject(refused);
    const asked = client.initiateDeviceAuthorization(configuration, { scope: 'openid' });
    await expect(asked).rejects.toMatchObject(refused);
  });
});
