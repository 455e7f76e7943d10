import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';

/** A real OpenID Connect provider on this machine, which signs everybody in without asking. */
export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** Claims of the next person to sign in; undefined: that person says no. */
  setPerson(claims: Readonly<Record<string, unknown>> | undefined): void;
  readonly close: () => Promise<void>;
}

const CLIENT_ID = 'uploads';

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Starts a provider with one public client (code flow, PKCE required). */
export async function createTestProvider(options: {
  readonly redirectUris: string[];
}): Promise<TestProvider> {
  // Loaded here: every test file imports this package, and few need a provider.
  const { Provider } = await import('oidc-provider');
  const server = createServer();
  const issuer = await listen(server);
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  let person: Readonly<Record<string, unknown>> | undefined = {};
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'test' }] },
    cookies: { keys: ['only for tests'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'email'],
    claims: { profile: ['name', 'permissions'], openid: ['sub'] },
    clients: [
      {
        client_id: CLIENT_ID,
        redirect_uris: options.redirectUris,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ ...person, sub }) }),
  });
  const handle = provider.callback();
  server.on('request', async (req, res) => {
    if (!req.url?.startsWith('/interaction/')) return handle(req, res);
    if (person === undefined) {
      return provider.interactionFinished(req, res, { error: 'access_denied' });
    }
    const { params } = await provider.interactionDetails(req, res);
    const grant = new provider.Grant({ accountId: 'person-1', clientId: String(params.client_id) });
    grant.addOIDCScope(String(params.scope));
    const result = { login: { accountId: 'person-1' }, consent: { grantId: await grant.save() } };
    return provider.interactionFinished(req, res, result);
  });
  return {
    issuer,
    clientId: CLIENT_ID,
    setPerson: (claims) => {
      person = claims;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
