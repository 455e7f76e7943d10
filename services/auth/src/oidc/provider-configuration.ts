import type { Configuration } from 'oidc-provider';
import { errors } from 'oidc-provider';
import { deriveKey } from '../keys/secret-box.ts';
import { cookieOf } from '../sessions/cookie.ts';
import { isSuspended } from '../users/user.ts';
import { accessOf, CLAIMS_OF_SCOPES, claimsOf, mayEnter } from './access.ts';
import { type AdapterDependencies, createAdapter, sidOfGrant } from './adapter.ts';
import type { OidcDependencies, SessionOf } from './dependencies.ts';
import { appOf, loadGrant } from './grants.ts';
import { renderError, renderLoggedOut, renderLogout } from './provider-pages.ts';
import { resourceServer, TOKEN_SECONDS } from './resources.ts';
import { SCOPES } from './scopes.ts';
import { providerKeys } from './signing-keys.ts';

const DAY = 86_400;

/** A refresh token lives so long unused, and its family so long in all (auth.md A1). */
const REFRESH_SECONDS = 14 * DAY;
const FAMILY_SECONDS = 90 * DAY;

/** Where the provider's endpoints are; what is not here is served by our own. */
const ROUTES = {
  authorization: '/oidc/auth',
  code_verification: '/auth/device',
  device_authorization: '/oidc/device/auth',
  end_session: '/oidc/session/end',
  introspection: '/oidc/token/introspection',
  jwks: '/.well-known/jwks.json',
  pushed_authorization_request: '/oidc/request',
  revocation: '/oidc/token/revocation',
  token: '/oidc/token',
  userinfo: '/oidc/me',
} as const;

const LIVES: NonNullable<Configuration['ttl']> = {
  AccessToken: TOKEN_SECONDS,
  AuthorizationCode: 60,
  ClientCredentials: TOKEN_SECONDS,
  DeviceCode: 600,
  Grant: FAMILY_SECONDS,
  IdToken: 3_600,
  Interaction: 3_600,
  Session: REFRESH_SECONDS,
  RefreshToken: (_ctx, token) => {
    const age = token.iiat === undefined ? 0 : Math.floor(Date.now() / 1000) - token.iiat;
    return Math.max(1, Math.min(REFRESH_SECONDS, FAMILY_SECONDS - age));
  },
};

const FEATURES = (deps: OidcDependencies): NonNullable<Configuration['features']> => ({
  devInteractions: { enabled: false },
  dPoP: { enabled: false },
  clientCredentials: { enabled: true },
  deviceFlow: { enabled: true, charset: 'base-20', mask: '****-****', deviceInfo: () => ({}) },
  externalSigningSupport: { enabled: true, ack: 'experimental-01' },
  introspection: {
    enabled: true,
    // A service may look into tokens that were made out to it; a program that keeps no secret into its own.
    allowedPolicy: (_ctx, client, token) =>
      client.clientAuthMethod !== 'none' || token.clientId === client.clientId,
  },
  pushedAuthorizationRequests: { enabled: true },
  resourceIndicators: {
    enabled: true,
    getResourceServerInfo: (_ctx, indicator) => resourceServer(indicator, deps.services),
  },
  revocation: {
    enabled: true,
    allowedPolicy: (_ctx, client, token) => {
      if (token.clientId === client.clientId) return true;
      throw new errors.InvalidRequest('the token is not yours');
    },
  },
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: renderLogout,
    postLogoutSuccessSource: renderLoggedOut,
  },
});

/**
 * The person of a session or token, if they may still enter the application: asked at every sign-in and
 * every refresh, so that what is taken from them counts at once.
 */
function findAccount({ users, apps, now }: OidcDependencies): NonNullable<Configuration['findAccount']> {
  return async (ctx, id, token) => {
    const user = await users.find(id);
    if (user === undefined || isSuspended(user, now())) return undefined;
    const access = await accessOf(apps, ctx.oidc.client && appOf(ctx.oidc.client), user);
    if (!mayEnter(access)) {
      if (token !== undefined) return undefined;
      throw new errors.AccessDenied(`you have no access to ${access.app?.name}: ask an administrator for it`);
    }
    return { accountId: id, claims: () => claimsOf(user, access) };
  };
}

/** Scripts of a page may ask for tokens when its origin is one of a public client's own. */
const mayAsk: NonNullable<Configuration['clientBasedCORS']> = (_ctx, origin, client) => {
  if (client.clientAuthMethod !== 'none') return false;
  return (client.redirectUris ?? []).some((uri) => new URL(uri).origin === origin);
};

export function providerConfiguration(
  deps: OidcDependencies,
  sessionOf: SessionOf,
  adapter: AdapterDependencies,
): Configuration {
  const cookie = cookieOf(deps.origin, 'flyloft_oidc');
  const options = { httpOnly: true, sameSite: 'lax', signed: true } as const;
  return {
    adapter: (kind) => createAdapter(kind, adapter),
    jwks: { keys: providerKeys(deps.keyRing) },
    routes: ROUTES,
    features: FEATURES(deps),
    ttl: LIVES,
    // Everything that expires was made by us: this is for replicas whose clocks differ (auth.md D5).
    clockTolerance: 5,
    cookies: {
      names: { session: cookie.name, interaction: 'flyloft_interaction', resume: 'flyloft_resume' },
      keys: [Buffer.from(deriveKey(deps.secret, 'oidc cookies')).toString('base64url')],
      long: { ...options, path: '/' },
      short: options,
    },
    pkce: { required: () => true },
    // letter by letter needs letters: none is not the one that is registered (auth.md D6)
    allowOmittingSingleRegisteredRedirectUri: false,
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    extraClientMetadata: { properties: ['app'] },
    enabledJWA: { idTokenSigningAlgValues: ['RS256'] },
    scopes: SCOPES,
    claims: CLAIMS_OF_SCOPES,
    // Applications that read the ID token alone find everything in it.
    conformIdTokenClaims: false,
    interactions: {
      url: (_ctx, { params }) =>
        `/auth/consent?${new URLSearchParams({ client_id: String(params.client_id) })}`,
    },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    // What ends with a session is its grants, which a trigger ends with ours.
    expiresWithSession: () => false,
    extraTokenClaims: (_ctx, token) =>
      'grantId' in token && token.grantId ? { sid: sidOfGrant(token.grantId) } : undefined,
    loadExistingGrant: loadGrant(deps, sessionOf),
    findAccount: findAccount(deps),
    clientBasedCORS: mayAsk,
    renderError,
  };
}
