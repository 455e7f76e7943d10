import { ProblemError, problem } from '@flyloft/common';
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientError,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  None,
  ResponseBodyError,
  randomPKCECodeVerifier,
} from 'openid-client';
import { withinDeadline } from './deadline.ts';
import { claimsSchema } from './profile-schemas.ts';
import {
  type PendingRequest,
  PROVIDER_TIMEOUT_MILLISECONDS,
  type Provider,
  type ProviderProfile,
} from './provider.ts';

export interface OpenIdOptions {
  readonly name: string;
  readonly title: string;
  readonly issuer: string;
  readonly clientId: string;
  /** None: a public client. PKCE is used either way. */
  readonly clientSecret: string | undefined;
}

// Of each request; all of them together have the same time (withinDeadline).
const TIMEOUT_SECONDS = PROVIDER_TIMEOUT_MILLISECONDS / 1000;

function discover({ issuer, clientId, clientSecret }: OpenIdOptions): Promise<Configuration> {
  const url = new URL(issuer);
  const authentication = clientSecret === undefined ? None() : ClientSecretBasic(clientSecret);
  // An issuer on plain http is one that the operator wrote so, on the machine itself for instance.
  const execute = url.protocol === 'http:' ? [allowInsecureRequests] : [];
  return discovery(url, clientId, undefined, authentication, { execute, timeout: TIMEOUT_SECONDS });
}

async function fetchProfile(
  config: Configuration,
  address: URL,
  { state, nonce, verifier }: PendingRequest,
): Promise<ProviderProfile> {
  const tokens = await authorizationCodeGrant(config, address, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const idToken = tokens.claims();
  if (idToken === undefined) throw new Error('the provider sent no ID token');
  const { userinfo_endpoint: userInfo } = config.serverMetadata();
  // Many providers tell names and addresses only there.
  const more = userInfo ? await fetchUserInfo(config, tokens.access_token, idToken.sub) : {};
  return claimsSchema.parse({ ...more, ...idToken });
}

/** What went wrong, as the person's or the provider's doing. */
function failure(cause: unknown): Error {
  if (cause instanceof ProblemError) return cause;
  if (cause instanceof AuthorizationResponseError) {
    return problem('permission_denied', 'The sign-in was refused or cancelled', { cause });
  }
  const code = cause instanceof ClientError ? cause.code : undefined;
  const isRefused = cause instanceof ResponseBodyError || code === 'OAUTH_INVALID_RESPONSE';
  return isRefused
    ? problem('bad_request', 'The sign-in did not work. Please try again', { cause })
    : problem('provider_failed', undefined, { cause });
}

/** Any OpenID Connect provider: the code flow with PKCE, state, nonce, and `iss` where it is sent. */
export function createOpenIdProvider(options: OpenIdOptions): Provider {
  let discovered: Promise<Configuration> | undefined;
  // Asked at the first use; an answer that did not come is asked for again.
  const configuration = (): Promise<Configuration> => {
    discovered ??= discover(options).catch((cause: unknown) => {
      discovered = undefined;
      throw problem('provider_failed', 'The sign-in provider does not answer', { cause });
    });
    return discovered;
  };
  return {
    name: options.name,
    title: options.title,
    issuer: options.issuer,
    origin: new URL(options.issuer).origin,
    begin: async ({ state, nonce, redirectUri }) => {
      const verifier = randomPKCECodeVerifier();
      const address = buildAuthorizationUrl(await withinDeadline(configuration()), {
        redirect_uri: redirectUri,
        scope: 'openid profile email',
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { address: address.href, verifier };
    },
    finish: async (parameters, pending) => {
      const address = new URL(`${pending.redirectUri}?${parameters}`);
      try {
        const work = configuration().then((config) => fetchProfile(config, address, pending));
        return await withinDeadline(work);
      } catch (cause) {
        throw failure(cause);
      }
    },
  };
}
