import { ProblemError, problem } from '@flyloft/common';
import { createOpenIdClient } from '@flyloft/openid-connect';
import { AuthorizationResponseError, randomNonce, randomState } from 'openid-client';
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
  /** Where people sign out of the provider as well; undefined: it has no such page, or does not answer. */
  readonly signOutAddress: () => Promise<string | undefined>;
}

const TIMEOUT_SECONDS = 10;

function nameOf(claims: Readonly<Record<string, unknown>>): string {
  const { name, email, preferred_username: username } = claims;
  return [name, username, email].find((one) => typeof one === 'string' && one !== '')?.toString() ?? '';
}

export function createSignInProvider(options: ProviderOptions): SignInProvider {
  const { issuer, clientId, clientSecret, redirectUri, scope, rule } = options;
  const client = createOpenIdClient({
    ...{ issuer, clientId, clientSecret, timeoutSeconds: TIMEOUT_SECONDS },
    unreachable: (cause) => problem('unavailable', 'The sign-in service does not answer', { cause }),
  });

  return {
    begin: async (next) => {
      const [state, nonce] = [randomState(), randomNonce()];
      const { address, verifier } = await client.begin({ redirectUri, scope, state, nonce });
      return { address, transaction: { state, nonce, verifier, next } };
    },
    finish: async (address, transaction) => {
      try {
        const claims = await client.finish(address, transaction);
        return { subject: claims.sub, name: nameOf(claims), mayUpload: mayUpload(claims, rule) };
      } catch (cause) {
        if (cause instanceof ProblemError) throw cause;
        if (cause instanceof AuthorizationResponseError) {
          throw problem('permission_denied', 'The sign-in was refused or cancelled', { cause });
        }
        throw problem('bad_request', 'The sign-in did not work. Please try again', { cause });
      }
    },
    signOutAddress: () => client.signOutAddress().catch(() => undefined),
  };
}
