import type { JSONWebKeySet } from 'jose';
import type { ServiceTokenClaims } from './claims.ts';

/** Where the verification keys come from: auth's JWKS by HTTP (cached), or keys given outright. */
export type KeySource =
  | { readonly kind: 'remote'; readonly jwksUrl: URL }
  | { readonly kind: 'static'; readonly jwks: JSONWebKeySet };

export interface TokenVerifierOptions {
  /** Exactly auth's issuer: the bare public origin, without a trailing slash. */
  readonly issuer: string;
  /** The service aliases whose tokens are accepted here (auth.md A7.1). */
  readonly audiences: readonly string[];
  readonly keys: KeySource;
  /** Verified tokens remembered, by SHA-256 of the token; default 10,000. */
  readonly cacheSize?: number;
}

/** Verifies service tokens by every rule of architecture.md section 4. */
export interface TokenVerifier {
  /** @throws {ProblemError} 401 `token_invalid` or `token_expired`; 503 when no key could ever be fetched. */
  verify(token: string): Promise<ServiceTokenClaims>;
}

export function createTokenVerifier(_options: TokenVerifierOptions): TokenVerifier {
  throw new Error('not built yet');
}
