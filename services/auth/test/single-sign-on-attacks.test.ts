import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { email, rawRequests } from './raw-requests.ts';
import { arrive, beginSignIn, CALLBACK, later, openSignOn, pkce, type SignOn } from './single-sign-on.ts';

let signOn: SignOn;
const { ask, authenticated, authorize, codeOf } = rawRequests(() => signOn);

beforeAll(async () => {
  signOn = await openSignOn();
  await signOn.person(email);
});

afterAll(() => signOn.close());

describe('redirect URIs', () => {
  it('D6: lead nowhere unless they are registered letter by letter', async () => {
    const configuration = await signOn.client({ redirect_uris: ['https://app.example/cb'] });
    const wrong = [
      ...[
        'https://app.example/cb/',
        'https://app.example/cb?x=1',
        'https://app.example/cb#x',
        'https://app.example/CB',
      ],
      ...[
        'https://a@app.example/cb',
        'https://sub.app.example/cb',
        '//app.example/cb',
        'https://app.example//cb',
      ],
      ...[
        'https://app.example/%63b',
        'http://app.example/cb',
        'https://app.example:8443/cb',
        'https://evil.example/cb',
      ],
      ...['https://app.example/cb/../cb', 'https://app.example/%2Fcb', 'https://app.example%2Fcb'],
    ];
    for (const redirect_uri of wrong) {
      const at = await authorize(configuration, { redirect_uri });
      expect([redirect_uri, at.status, new URL(at.url).origin]).toEqual([redirect_uri, 400, signOn.origin]);
    }
    const { address } = beginSignIn(configuration);
    const without = new URL(address);
    without.searchParams.delete('redirect_uri');
    const at = await signOn.browser().go(without.href);
    expect([at.status, new URL(at.url).origin]).toEqual([400, signOn.origin]);
  });

  it('D6: are refused at registration when they are not https, or hold a wildcard, fragment or password', async () => {
    const wrong = [
      'http://app.example/cb',
      'https://*.example/cb',
      'https://app.example/#x',
      'https://u:p@app.example/',
    ];
    for (const uri of [...wrong, 'javascript:alert(1)', 'com.example.app:/cb', '/cb', '']) {
      const { status } = await signOn.admin('POST', '/admin/clients', {
        client_name: 'x',
        redirect_uris: [uri],
      });
      expect([uri, status]).toEqual([uri, 400]);
    }
  });

  it('D6: of a program on a device match on any port of the loopback address, and on no other host', async () => {
    const native = { application_type: 'native', token_endpoint_auth_method: 'none' };
    const configuration = await signOn.client({ ...native, redirect_uris: ['http://127.0.0.1/cb'] });
    expect((await authorize(configuration, { redirect_uri: 'http://127.0.0.1:51004/cb' })).url).toContain(
      '/auth/login',
    );
    expect((await authorize(configuration, { redirect_uri: 'http://127.0.0.2:51004/cb' })).status).toBe(400);
  });
});

describe('PKCE', () => {
  it('D9: a sign-in without a challenge, or with the plain one, is refused for every kind of client', async () => {
    for (const own of [{}, { token_endpoint_auth_method: 'none' }]) {
      const configuration = await signOn.client(own);
      const { challenge } = pkce();
      const plain = await authorize(configuration, { code_challenge_method: 'plain' });
      expect(new URL(plain.url).searchParams.get('error')).toBe('invalid_request');
      const stripped = new URL(beginSignIn(configuration).address);
      stripped.searchParams.delete('code_challenge');
      stripped.searchParams.delete('code_challenge_method');
      const bare = await signOn.browser().go(stripped.href);
      expect(new URL(bare.url).searchParams.get('error')).toBe('invalid_request');
      stripped.searchParams.set('code_challenge', challenge);
      const { client_id: id, client_secret: secret } = configuration.clientMetadata();
      const pushed = await fetch(`${signOn.origin}/oidc/request`, {
        method: 'POST',
        headers: secret ? { Authorization: authenticated(configuration, String(secret)) } : {},
        body: new URLSearchParams({
          client_id: id,
          response_type: 'code',
          scope: 'openid',
          redirect_uri: CALLBACK,
        }),
      });
      expect([pushed.status, await pushed.json()]).toEqual([
        400,
        expect.objectContaining({ error: 'invalid_request' }),
      ]);
      const methodless = await signOn.browser().go(stripped.href);
      expect(new URL(methodless.url).searchParams.get('error')).toBe('invalid_request');
    }
  });

  it('D9: a verifier that is missing, wrong or too short gets no tokens', async () => {
    const configuration = await signOn.client();
    for (const verifier of [undefined, pkce().verifier, 'a'.repeat(42), '']) {
      const { fields } = await codeOf(configuration);
      const { code_verifier: _right, ...rest } = fields;
      const { status, body } = await ask(configuration, {
        ...rest,
        ...(verifier === undefined ? {} : { code_verifier: verifier }),
      });
      expect([status, ['invalid_grant', 'invalid_request'].includes(String(body.error))]).toEqual([
        400,
        true,
      ]);
    }
  });
});

describe('codes', () => {
  it('D10: work once; when one comes again, everything that came of it is worth nothing, also at services', async () => {
    const configuration = await signOn.client({ grant_types: ['authorization_code', 'refresh_token'] });
    const resource = 'urn:flyloft:data-sets';
    const { fields } = await codeOf(configuration, { resource, scope: 'openid read' });
    const first = await ask(configuration, { ...fields, resource });
    expect(first.status).toBe(200);
    const again = await ask(configuration, { ...fields, resource });
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const refresh = { grant_type: 'refresh_token', refresh_token: String(first.body.refresh_token) };
    expect(await ask(configuration, refresh)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    const sid = String(decodeJwt(String(first.body.access_token)).sid);
    const feed = await (await fetch(`${signOn.origin}/auth/revocations`)).json();
    const subjects = (feed as { revocations: { subject: string }[] }).revocations.map(
      ({ subject }) => subject,
    );
    expect(subjects).toContain(createHash('sha256').update(sid).digest('hex'));
  });

  it('D10: of ten that redeem one at the same moment exactly one gets tokens', async () => {
    const configuration = await signOn.client();
    const { fields } = await codeOf(configuration);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(configuration, fields)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(400)]);
  });

  it('D10: belong to one client and one address, and are over after a minute', async () => {
    const [configuration, other] = [await signOn.client(), await signOn.client()];
    const stolen = await codeOf(configuration);
    expect((await ask(other, stolen.fields)).body.error).toBe('invalid_grant');
    const moved = await ask(configuration, { ...stolen.fields, redirect_uri: `${CALLBACK}/` });
    expect(moved.body.error).toBe('invalid_grant');
    const late = await codeOf(configuration);
    await later(61, async () => {
      expect((await ask(configuration, late.fields)).body.error).toBe('invalid_grant');
    });
  });
});

describe('the browser of a sign-in', () => {
  it('D11 D19: the question of one browser cannot be framed, is shown to no other, and answered by no other person', async () => {
    const configuration = await signOn.client();
    const browser = signOn.browser();
    const { address } = beginSignIn(configuration);
    await browser.go(address);
    const question = await browser.signIn(email);
    expect(question.text).toContain('Let Wiki in?');
    expect(question.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(question.headers.get('x-frame-options')).toBe('DENY');
    const thief = signOn.browser();
    expect((await thief.go(question.url)).url).toContain('sign_in_expired');
    await signOn.person('eve@example.org');
    await browser.go('/auth/login?reason=again');
    await browser.signIn('eve@example.org');
    expect((await browser.go(question.url)).url).toContain('sign_in_expired');
  });

  it('D18: the question is answered by our own form alone', async () => {
    const configuration = await signOn.client();
    for (const [fields, headers] of [
      [{ csrf_token: 'x' }, {}],
      [{}, { 'Sec-Fetch-Site': 'cross-site' }],
    ] as const) {
      const browser = signOn.browser();
      await browser.go(beginSignIn(configuration).address);
      await browser.signIn(email);
      const answer = await browser.submit({ decision: 'allow', ...fields }, headers);
      expect(answer.status).toBe(403);
    }
  });

  it('says no to the application when the person does, and tells it who answers (iss)', async () => {
    const configuration = await signOn.client();
    const browser = signOn.browser();
    await browser.go(beginSignIn(configuration).address);
    await browser.signIn(email);
    const { searchParams } = new URL((await browser.submit({ decision: 'deny' })).url);
    expect([searchParams.get('error'), searchParams.get('iss')]).toEqual(['access_denied', signOn.origin]);
  });

  it('D12: the answer names its issuer, so that another provider cannot pass for this one', async () => {
    const configuration = await signOn.client();
    const { callback, checks } = await arrive(configuration, signOn.browser(), { email });
    expect(callback.searchParams.get('iss')).toBe(signOn.origin);
    callback.searchParams.set('iss', 'https://evil.example');
    await expect(client.authorizationCodeGrant(configuration, callback, checks)).rejects.toThrow();
  });
});
