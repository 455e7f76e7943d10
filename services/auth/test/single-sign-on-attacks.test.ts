import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import {
  arrive,
  beginSignIn,
  CALLBACK,
  later,
  openSignOn,
  pkce,
  type SignOn,
  tokensOf,
} from './single-sign-on.ts';

let signOn: SignOn;
const email = 'ada@example.org';

beforeAll(async () => {
  signOn = await openSignOn();
  await signOn.person(email);
});

afterAll(() => signOn.close());

const authenticated = (configuration: client.Configuration, secret: string) =>
  `Basic ${Buffer.from(`${configuration.clientMetadata().client_id}:${secret}`).toString('base64')}`;

/** Asks the token endpoint as the client, with no library in between. */
async function ask(
  configuration: client.Configuration,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) {
  const { client_id: id, client_secret: secret } = configuration.clientMetadata();
  const own = secret
    ? { headers: { Authorization: authenticated(configuration, String(secret)) }, fields: {} }
    : { headers: {}, fields: { client_id: id } };
  const answer = await fetch(`${signOn.origin}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...own.fields, ...fields }),
    headers: { ...own.headers, ...headers },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

/** A code, and everything to redeem it with. */
async function codeOf(configuration: client.Configuration, own: Record<string, string> = {}) {
  const { callback, verifier } = await arrive(configuration, signOn.browser(), { email, own });
  const code = callback.searchParams.get('code') ?? '';
  const fields = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code, code_verifier: verifier };
  return { fields, verifier, callback };
}

const authorize = (configuration: client.Configuration, own: Record<string, string>) =>
  signOn.browser().go(beginSignIn(configuration, own).address);

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
      'https://app.example/cb/../cb',
    ];
    for (const redirect_uri of wrong) {
      const at = await authorize(configuration, { redirect_uri });
      expect([redirect_uri, at.status, new URL(at.url).origin]).toEqual([redirect_uri, 400, signOn.origin]);
    }
    const { address } = beginSignIn(configuration);
    const without = new URL(address);
    without.searchParams.delete('redirect_uri');
    expect((await signOn.browser().go(without.href)).url).toContain(signOn.origin);
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
  it('D11: the question of one browser is shown to no other, and answered by no other person', async () => {
    const configuration = await signOn.client();
    const browser = signOn.browser();
    const { address } = beginSignIn(configuration);
    await browser.go(address);
    const question = await browser.signIn(email);
    expect(question.text).toContain('Let Wiki in?');
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

describe('refresh tokens', () => {
  const refresh = (configuration: client.Configuration, token: unknown, more: Record<string, string> = {}) =>
    ask(configuration, { grant_type: 'refresh_token', refresh_token: String(token), ...more });

  it('D13: an old one that comes again ends its whole family', async () => {
    const configuration = await signOn.client();
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email });
    const second = await refresh(configuration, tokens.refresh_token);
    expect(second.status).toBe(200);
    expect((await refresh(configuration, tokens.refresh_token)).body.error).toBe('invalid_grant');
    expect((await refresh(configuration, second.body.refresh_token)).body.error).toBe('invalid_grant');
    await expect(
      client.fetchUserInfo(configuration, String(second.body.access_token), client.skipSubjectCheck),
    ).rejects.toThrow();
  });

  it('D13: of five that use one at the same moment exactly one gets tokens, and the family ends', async () => {
    const configuration = await signOn.client();
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email });
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => refresh(configuration, tokens.refresh_token)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
    expect((await refresh(configuration, tokens.refresh_token)).status).toBe(400);
    const won = answers.find(({ status }) => status === 200);
    expect((await refresh(configuration, won?.body.refresh_token)).status).toBe(400);
  });

  it('D13: get no wider scope, work for no other client, and not with another secret', async () => {
    const [configuration, other] = [await signOn.client(), await signOn.client()];
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email, own: { scope: 'openid' } });
    expect((await refresh(configuration, tokens.refresh_token, { scope: 'openid email' })).body.error).toBe(
      'invalid_scope',
    );
    expect((await refresh(other, tokens.refresh_token)).body.error).toBe('invalid_grant');
    const wrong = await ask(
      configuration,
      { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) },
      { Authorization: authenticated(configuration, 'wrong') },
    );
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect((await refresh(configuration, tokens.refresh_token)).status).toBe(200);
  });

  it('D13: live two weeks unused and ninety days in all', async () => {
    const configuration = await signOn.client();
    const unused = await tokensOf(configuration, signOn.browser(), { email });
    await later(14 * 86_400 + 1, async () => {
      expect((await refresh(configuration, unused.tokens.refresh_token)).body.error).toBe('invalid_grant');
    });
    const used = await tokensOf(configuration, signOn.browser(), { email });
    let token: unknown = used.tokens.refresh_token;
    for (let day = 13; day < 90; day += 13) {
      await later(day * 86_400, async () => {
        const answer = await refresh(configuration, token);
        expect([day, answer.status]).toEqual([day, 200]);
        token = answer.body.refresh_token;
      });
    }
    await later(91 * 86_400, async () => {
      expect((await refresh(configuration, token)).body.error).toBe('invalid_grant');
    });
  });

  const endings: [string, (id: string, browser: ReturnType<SignOn['browser']>) => Promise<unknown>][] = [
    [
      'signs out',
      async (_id, browser) => {
        await browser.go('/auth/logout');
        await browser.submit();
      },
    ],
    [
      'is suspended',
      (id) =>
        signOn.admin('POST', `/admin/users/${id}/suspension`, {
          until: new Date(Date.now() + 86_400_000).toISOString(),
          reason: 'x',
        }),
    ],
    [
      'changes the password',
      async (_id, browser) => {
        const page = await browser.go('/auth/settings');
        const csrf = /name="csrf_token" value="([^"]*)"/.exec(page.text)?.[1] ?? '';
        await browser.post('/auth/settings/password', {
          csrf_token: csrf,
          password: 'another long password',
        });
      },
    ],
    ['is deleted', async (id) => signOn.harness.stores.accounts.remove(id, { actor: id })],
    [
      'takes the consent back',
      async (id) => {
        const { entries } = await signOn.harness.stores.consents.list(id, { page: 1, per_page: 20 });
        for (const { clientId } of entries)
          await signOn.harness.stores.consents.revoke(id, clientId, { actor: id });
      },
    ],
    [
      'unlinks a way to sign in',
      async (id) => signOn.harness.database.identity.deleteMany({ where: { userId: id } }),
    ],
  ];

  it.each(endings)('D13: are dead when the person %s', async (name, end) => {
    const configuration = await signOn.client();
    const own = `${name.replaceAll(' ', '-')}@example.org`;
    const id = await signOn.person(own);
    const browser = signOn.browser();
    const { tokens } = await tokensOf(configuration, browser, { email: own });
    expect((await client.fetchUserInfo(configuration, tokens.access_token, id)).sub).toBe(id);
    await end(id, browser);
    expect((await refresh(configuration, tokens.refresh_token)).body.error).toBe('invalid_grant');
    await expect(client.fetchUserInfo(configuration, tokens.access_token, id)).rejects.toThrow();
  });
});

describe('ways to get tokens', () => {
  it('D14: there is no implicit, hybrid or password flow', async () => {
    const configuration = await signOn.client();
    for (const response_type of [
      'token',
      'id_token',
      'code token',
      'code id_token',
      'id_token token',
      'none',
    ]) {
      const at = await authorize(configuration, { response_type });
      expect([
        response_type,
        /error=(unsupported_response_type|unauthorized_client|invalid_request)/.test(at.url) ||
          at.status === 400,
      ]).toEqual([response_type, true]);
      expect(at.url).not.toMatch(/access_token|id_token=/);
    }
    const password = await ask(configuration, { grant_type: 'password', username: email, password: 'x' });
    expect(password.body.error).toBe('unsupported_grant_type');
  });

  it('D14: a client gets tokens in the ways that it is registered for, and in no other', async () => {
    const machine = await signOn.client({ grant_types: ['client_credentials'], redirect_uris: [] });
    expect((await client.clientCredentialsGrant(machine)).access_token).toEqual(expect.any(String));
    const web = await signOn.client();
    expect((await ask(web, { grant_type: 'client_credentials' })).body.error).toMatch(
      /unauthorized_client|invalid_request/,
    );
    expect((await authorize(machine, {})).status).toBe(400);
    const { status } = await signOn.admin('POST', '/admin/clients', {
      ...{ client_name: 'x', grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
    });
    expect(status).toBe(400);
  });
});

describe('clients', () => {
  it('D23: prove who they are by the right secret, in one place, and never in an address', async () => {
    const configuration = await signOn.client();
    const { client_id: id, client_secret: secret } = configuration.clientMetadata();
    const { fields } = await codeOf(configuration);
    const basic = { Authorization: authenticated(configuration, String(secret)) };
    const tries: [Record<string, string>, Record<string, string>, string][] = [
      [{ Authorization: authenticated(configuration, 'wrong') }, {}, ''],
      [{}, { client_id: id }, ''],
      [basic, { client_id: id, client_secret: String(secret) }, ''],
      [{}, {}, `?client_id=${id}&client_secret=${secret}`],
    ];
    for (const [headers, more, query] of tries) {
      const answer = await fetch(`${signOn.origin}/oidc/token${query}`, {
        ...{ method: 'POST', headers, body: new URLSearchParams({ ...fields, ...more }) },
      });
      expect([headers, more, query, answer.status >= 400 && answer.status < 500]).toEqual([
        headers,
        more,
        query,
        true,
      ]);
    }
    expect((await ask(configuration, fields)).status).toBe(200);
  });

  it('D23: a public client that sends a secret is refused, as is a scope beyond what a client may ask for', async () => {
    const open = await signOn.client({ token_endpoint_auth_method: 'none' });
    const { fields } = await codeOf(open);
    expect((await ask(open, { ...fields, client_secret: 'x' })).status).toBeGreaterThanOrEqual(400);
    const narrow = await signOn.client({ scope: 'openid' });
    expect((await authorize(narrow, { scope: 'openid email' })).url).toContain('error=invalid_scope');
  });

  it('D23: a new secret works and the one before does not; neither is ever kept', async () => {
    const configuration = await signOn.client({ grant_types: ['client_credentials'], redirect_uris: [] });
    const { client_id: id, client_secret: before } = configuration.clientMetadata();
    const { body } = await signOn.admin('POST', `/admin/clients/${id}/secret`);
    const grant = { grant_type: 'client_credentials' };
    const fresh = { Authorization: authenticated(configuration, String(body.client_secret)) };
    expect((await ask(configuration, grant, fresh)).status).toBe(200);
    expect((await ask(configuration, grant)).status).toBe(401);
    const rows = JSON.stringify([
      await signOn.harness.database.client.findMany(),
      (await signOn.admin('GET', '/admin/clients')).body,
    ]);
    expect(rows).not.toContain(String(before));
    expect(rows).not.toContain(String(body.client_secret));
  });

  it('D23: what a person takes back on /auth/consents is dead, and nobody else can', async () => {
    const configuration = await signOn.client();
    const own = 'consents@example.org';
    const id = await signOn.person(own);
    const { tokens } = await tokensOf(configuration, signOn.browser(), { email: own });
    const { token } = await signOn.harness.userTokenFor(id);
    const call = (method: string, path: string, bearer: string) =>
      fetch(`${signOn.origin}${path}`, { method, headers: { Authorization: `Bearer ${bearer}` } });
    const clientId = configuration.clientMetadata().client_id;
    const list = (await (await call('GET', '/auth/consents', token)).json()) as {
      total: number;
      items: object[];
    };
    expect(list).toMatchObject({
      total: 1,
      items: [{ client_id: clientId, client_name: 'Wiki', app: null }],
    });
    expect((await call('DELETE', `/auth/consents/${clientId}`, signOn.harness.adminToken)).status).toBe(404);
    expect((await call('DELETE', `/auth/consents/${clientId}`, token)).status).toBe(204);
    expect((await call('DELETE', `/auth/consents/${clientId}`, token)).status).toBe(404);
    await expect(client.refreshTokenGrant(configuration, String(tokens.refresh_token))).rejects.toMatchObject(
      { error: 'invalid_grant' },
    );
  });

  it('nothing of a token or a code stands in the database', async () => {
    const configuration = await signOn.client();
    const { tokens, callback } = await tokensOf(configuration, signOn.browser(), { email });
    const rows = await signOn.harness.database.$queryRaw<{ row: string }[]>`
      SELECT oidc_records::text || encode(sealed_payload, 'escape') AS row FROM auth.oidc_records`;
    const text = JSON.stringify(rows);
    for (const secret of [tokens.access_token, tokens.refresh_token, callback.searchParams.get('code')]) {
      expect(text).not.toContain(String(secret));
    }
  });
});
