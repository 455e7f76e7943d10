import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  type IDToken,
  None,
  randomPKCECodeVerifier,
  type UserInfoResponse,
} from 'openid-client';

export interface OpenIdClientOptions {
  readonly issuer: URL;
  readonly clientId: string;
  /** None: a public client. PKCE is used either way. */
  readonly clientSecret: string | undefined;
  /** Of each request. */
  readonly timeoutSeconds: number;
  /** What is thrown while the provider's description cannot be had. */
  readonly unreachable: (cause: unknown) => Error;
}

/** What must be remembered between the redirect to the provider and the way back. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Signs people in at an OpenID Connect provider: the code flow with PKCE, state, nonce, and `iss` where it is sent. */
export interface OpenIdClient {
  /** Where the person is sent; the verifier is to be remembered with state and nonce. */
  readonly begin: (request: {
    readonly redirectUri: string;
    readonly scope: string;
    readonly state: string;
    readonly nonce: string;
  }) => Promise<{ readonly address: URL; readonly verifier: string }>;
  /**
   * What the provider says of who came back to `address`. Throws the errors of `openid-client` when the answer
   * is a refusal or not valid.
   */
  readonly finish: (address: URL, pending: PendingSignIn) => Promise<UserInfoResponse & IDToken>;
  /** Where people end their session with the provider itself; undefined where it has no such page. */
  readonly signOutAddress: () => Promise<string | undefined>;
}

function discover(options: OpenIdClientOptions): Promise<Configuration> {
  const { issuer, clientId, clientSecret, timeoutSeconds: timeout } = options;
  const authentication = clientSecret === undefined ? None() : ClientSecretBasic(clientSecret);
  // An issuer on plain http is one that the operator wrote so, on the machine itself for instance.
  const execute = issuer.protocol === 'http:' ? [allowInsecureRequests] : [];
  return discovery(issuer, clientId, undefined, authentication, { execute, timeout });
}

export function createOpenIdClient(options: OpenIdClientOptions): OpenIdClient {
  let discovered: Promise<Configuration> | undefined;
  // Asked at the first use; an answer that did not come is asked for again.
  const configuration = (): Promise<Configuration> => {
    discovered ??= discover(options).catch((cause: unknown) => {
      discovered = undefined;
      throw options.unreachable(cause);
    });
    return discovered;
  };
  return {
    begin: async ({ redirectUri, scope, state, nonce }) => {
      const config = await configuration();
      const verifier = randomPKCECodeVerifier();
      const address = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { address, verifier };
    },
    finish: async (address, { state, nonce, verifier }) => {
      const config = await configuration();
      const tokens = await authorizationCodeGrant(config, address, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const idToken = tokens.claims();
      if (idToken === undefined) throw new Error('the provider sent no ID token');
      const { userinfo_endpoint: userInfo } = config.serverMetadata();
      // Many providers tell names, addresses and roles only there.
      const more = userInfo ? await fetchUserInfo(config, tokens.access_token, idToken.sub) : {};
      return { ...more, ...idToken };
    },
    signOutAddress: async () => {
      const { end_session_endpoint: page } = (await configuration()).serverMetadata();
      if (page === undefined || !URL.canParse(page)) return undefined;
      const address = new URL(page);
      address.searchParams.set('client_id', options.clientId);
      return /^https?:$/.test(address.protocol) ? address.href : undefined;
    },
  };
}
