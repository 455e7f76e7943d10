import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { email, rawRequests } from './raw-requests.ts';
import { openSignOn, type SignOn, tokensOf } from './single-sign-on.ts';

let signOn: SignOn;
const { ask, authenticated, authorize, codeOf } = rawRequests(() => signOn);

beforeAll(async () => {
  signOn = await openSignOn();
  await signOn.person(email);
});

afterAll(() => signOn.close());

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
