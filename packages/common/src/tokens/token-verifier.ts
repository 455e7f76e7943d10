import type { Revocations } from '../revocations/follow-revocations.ts';
import type { RevocableToken } from '../revocations/revocation-list.ts';
import {
  type ServiceTokenClaims,
  serviceTokenClaimsSchema,
  TOKEN_TYPES,
  type UserTokenClaims,
  userTokenClaimsSchema,
} from './claims.ts';
import { createClaimsCache } from './claims-cache.ts';
import { type KeySource, keyFinder } from './key-source.ts';
import { unauthorized } from './unauthorized.ts';
import { type JwtRules, verifyJwt } from './verify-jwt.ts';

export interface TokenVerifierOptions {
  /** Exactly auth's issuer: the bare public origin, without a trailing slash. */
  readonly issuer: string;
  /** The service aliases whose tokens are accepted here (auth.md A7.1). */
  readonly audiences: readonly string[];
  readonly keys: KeySource;
  /** Verified tokens remembered, by SHA-256 of the token; default 10,000; 0 remembers none. */
  readonly cacheSize?: number;
  /** Asked for every request, remembered token or not: what is revoked is 401 `token_revoked`. */
  readonly revocations?: Revocations;
  /** Epoch milliseconds; default the system's clock. */
  readonly clock?: () => number;
}

/** Verifies service tokens by every rule of architecture.md section 4. */
export interface TokenVerifier {
  /**
   * @throws {ProblemError} 401 `token_invalid`, `token_expired` or `token_revoked`; 503 when no key, or
   * not what is revoked, could ever be fetched.
   */
  verify(token: string): Promise<ServiceTokenClaims>;
}

const DAY_SECONDS = 86_400;
const DEFAULT_CACHE_SIZE = 10_000;

interface Verified {
  readonly claims: ServiceTokenClaims;
  readonly named: RevocableToken;
}

async function refuseRevoked(token: RevocableToken, revocations: Revocations | undefined): Promise<void> {
  if (revocations === undefined) return;
  await revocations.ready();
  if (revocations.isRevoked(token)) throw unauthorized('token_revoked');
}

// Shared between requests through the cache: no handler may change what the next one is allowed.
function frozen(claims: ServiceTokenClaims): ServiceTokenClaims {
  Object.freeze(claims.permissions);
  return Object.freeze(claims);
}

function requireAudience(audiences: readonly string[]): void {
  if (audiences.length === 0 || audiences.includes('')) {
    throw new Error('A token verifier needs at least one audience');
  }
}

/**
 * @example
 * const verifier = createTokenVerifier({
 *   issuer: 'https://data.example.org',
 *   audiences: [SERVICE_ALIASES.dataSets],
 *   keys: { kind: 'remote', jwksUrl: new URL('http://auth:4001/.well-known/jwks.json') },
 * });
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  requireAudience(options.audiences);
  const { cacheSize = DEFAULT_CACHE_SIZE, clock = Date.now, revocations } = options;
  const cache = createClaimsCache<Verified>(cacheSize, clock);
  const rules: JwtRules<typeof serviceTokenClaimsSchema> = {
    type: TOKEN_TYPES.service,
    issuer: options.issuer,
    audiences: options.audiences,
    maxAgeSeconds: DAY_SECONDS,
    claims: serviceTokenClaimsSchema,
    findKey: keyFinder(options.keys, clock),
    clock,
  };
  const verified = async (token: string): Promise<Verified> => {
    const { claims: found, keyId } = await verifyJwt(token, rules);
    const claims = frozen(found);
    const { sid, sub, iat, exp } = claims;
    const entry = { claims, named: { sid, sub, iat, keyId } };
    cache.set(token, entry, Math.min(exp, iat + DAY_SECONDS) * 1000);
    return entry;
  };
  return {
    verify: async (token) => {
      const { claims, named } = cache.get(token) ?? (await verified(token));
      await refuseRevoked(named, revocations);
      return claims;
    },
  };
}

/** Verifies user tokens: those that prove who, and whose audience is auth itself. */
export interface UserTokenVerifier {
  /** @throws {ProblemError} as `TokenVerifier.verify`. Without `revocations`, whether the session lives is not asked. */
  verify(token: string): Promise<UserTokenClaims>;
}

const USER_TOKEN_MAX_AGE_SECONDS = 14 * DAY_SECONDS;

export function createUserTokenVerifier(
  options: Pick<TokenVerifierOptions, 'issuer' | 'keys' | 'clock' | 'revocations'>,
): UserTokenVerifier {
  const { clock = Date.now } = options;
  const rules: JwtRules<typeof userTokenClaimsSchema> = {
    type: TOKEN_TYPES.user,
    issuer: options.issuer,
    audiences: [options.issuer],
    maxAgeSeconds: USER_TOKEN_MAX_AGE_SECONDS,
    claims: userTokenClaimsSchema,
    findKey: keyFinder(options.keys, clock),
    clock,
  };
  return {
    verify: async (token) => {
      const { claims, keyId } = await verifyJwt(token, rules);
      // No `sub`: what a person lost does not end a token that only says who they are.
      await refuseRevoked({ sid: claims.sid, iat: claims.iat, keyId }, options.revocations);
      return claims;
    },
  };
}
