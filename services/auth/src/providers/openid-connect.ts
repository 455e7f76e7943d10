import { ProblemError, problem } from '@flyloft/common';
import { createOpenIdClient } from '@flyloft/openid-connect';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { withinDeadline } from './deadline.ts';
import { claimsSchema } from './profile-schemas.ts';
import { PROVIDER_TIMEOUT_MILLISECONDS, type Provider } from './provider.ts';

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
  const { name, title, issuer, clientId, clientSecret } = options;
  const client = createOpenIdClient({
    ...{ issuer: new URL(issuer), clientId, clientSecret, timeoutSeconds: TIMEOUT_SECONDS },
    unreachable: (cause) => problem('provider_failed', 'The sign-in provider does not answer', { cause }),
  });
  return {
    name,
    title,
    issuer,
    origin: new URL(issuer).origin,
    begin: async ({ state, nonce, redirectUri }) => {
      const request = { redirectUri, scope: 'openid profile email', state, nonce };
      const { address, verifier } = await withinDeadline(client.begin(request));
      return { address: address.href, verifier };
    },
    finish: async (parameters, pending) => {
      const address = new URL(`${pending.redirectUri}?${parameters}`);
      try {
        return claimsSchema.parse(await withinDeadline(client.finish(address, pending)));
      } catch (cause) {
        throw failure(cause);
      }
    },
  };
}
