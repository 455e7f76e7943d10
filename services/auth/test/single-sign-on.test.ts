import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { beginSignIn, CALLBACK, openSignOn, type SignOn, tokensOf } from './single-sign-on.ts';

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
});
