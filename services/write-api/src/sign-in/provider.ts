import { problem } from '@flyloft/common';
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { z } from 'zod';
import { mayUpload, type UploadRule } from './may-upload.ts';

export interface ProviderOptions {
  readonly issuer: URL;
  readonly clientId: string;
  /** None: a public client. PKCE is used either way. */
  readonly clientSecret: string | undefined;
  readonly redirectUri: string;
  readonly scope: string;
  readonly rule: UploadRule;
}

/** What must be remembered between the redirect to the provider and the way back. */
export const transactionSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
});

export type Transaction = z.output<typeof transactionSchema>;

export interface Person {
  readonly subject: string;
  readonly name: string;
  readonly mayUpload: boolean;
}

/** An OpenID Connect provider: the code flow with PKCE, state and nonce. */
export interface SignInProvider {
  readonly begin: (next: string) => Promise<{ readonly address: URL; readonly transaction: Transaction }>;
  /** @throws {ProblemError} 403 when the person or the provider said no, 400 when the answer is not valid. */
  readonly finish: (address: URL, transaction: Transaction) => Promise<Person>;
}

const TIMEOUT_SECONDS = 10;

function nameOf(claims: Readonly<Record<string, unknown>>): string {
  const { name, email, preferred_username: username } = claims;
  return [name, username, email].find((one) => typeof one === 'string' && one !== '')?.toString() ?? '';
}

async function discover({ issuer, clientId, clientSecret }: ProviderOptions): Promise<Configuration> {
  const authentication = clientSecret === undefined ? None() : ClientSecretBasic(clientSecret);
  // An issuer on plain http is one that the operator wrote so, on the machine itself for instance.
  const execute = issuer.protocol === 'http:' ? [allowInsecureRequests] : [];
  return discovery(issuer, clientId, undefined, authentication, { execute, timeout: TIMEOUT_SECONDS });
}

export function createSignInProvider(options: ProviderOptions): SignInProvider {
  let discovered: Promise<Configuration> | undefined;
  // Asked at the first use; an answer that did not come is asked for again.
  const configuration = (): Promise<Configuration> => {
    discovered ??= discover(options).catch((cause: unknown) => {
      discovered = undefined;
      throw problem('unavailable', 'The sign-in service does not answer', { cause });
    });
    return discovered;
  };

  return {
    begin: async (next) => {
      const config = await configuration();
      const transaction = {
        ...{ state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier(), next },
      };
      const address = buildAuthorizationUrl(config, {
        redirect_uri: options.redirectUri,
        scope: options.scope,
        code_challenge: await calculatePKCECodeChallenge(transaction.verifier),
        code_challenge_method: 'S256',
        state: transaction.state,
        nonce: transaction.nonce,
      });
      return { address, transaction };
    },
    finish: async (address, { state, nonce, verifier }) => {
      const config = await configuration();
      try {
        const tokens = await authorizationCodeGrant(config, address, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const idToken = tokens.claims();
        if (idToken === undefined) throw new Error('the provider sent no ID token');
        const { userinfo_endpoint: userInfo } = config.serverMetadata();
        // Many providers tell roles and names only there.
        const more = userInfo ? await fetchUserInfo(config, tokens.access_token, idToken.sub) : {};
        const claims = { ...more, ...idToken };
        return { subject: claims.sub, name: nameOf(claims), mayUpload: mayUpload(claims, options.rule) };
      } catch (cause) {
        if (cause instanceof AuthorizationResponseError) {
          throw problem('permission_denied', 'The sign-in was refused or cancelled', { cause });
        }
        throw problem('bad_request', 'The sign-in did not work. Please try again', { cause });
      }
    },
  };
}
