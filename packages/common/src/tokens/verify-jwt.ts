import { decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { z } from 'zod';
import { ProblemError } from '../problem.ts';
import { unauthorized } from './unauthorized.ts';

/** The rules for one kind of token. Everything that is not named here is the same for all kinds. */
export interface JwtRules<T extends z.ZodType> {
  /** The `typ` that it must have; undefined: none, or the general `JWT`, so never one of ours. */
  readonly type: string | undefined;
  /** Default: every claim that auth's own tokens have. */
  readonly requiredClaims?: readonly string[];
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** No token is believed for longer after its `iat`, nor one that claims a longer life. */
  readonly maxAgeSeconds: number;
  readonly claims: T;
  readonly findKey: JWTVerifyGetKey;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export interface VerifiedJwt<C> {
  readonly claims: C;
  /** The `kid` of the key that signed. */
  readonly keyId: string;
}

const MAX_TOKEN_LENGTH = 8_192;
const MAX_KID_LENGTH = 128;
const CLOCK_SKEW_SECONDS = 5;

const OWN_CLAIMS = ['exp', 'iat', 'sub', 'jti', 'sid'];

function keyIdOf(token: string, type: string | undefined): string {
  // jose would take a token without a kid when only one key fits.
  const { kid, typ = 'JWT' } = decodeProtectedHeader(token);
  if (type === undefined && typ !== 'JWT')
    throw unauthorized('token_invalid', 'The token is of another kind');
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) {
    throw unauthorized('token_invalid', 'The token names no key');
  }
  return kid;
}

function refusal(cause: unknown): ProblemError {
  if (cause instanceof ProblemError) return cause;
  if (cause instanceof errors.JWTExpired) return unauthorized('token_expired', undefined, { cause });
  // Which check failed is nothing a forger should learn; the log has the cause.
  return unauthorized('token_invalid', undefined, { cause });
}

/**
 * Verifies a JWT: RS256 alone, `typ`, exact `iss`, one of our `aud`, `kid` and the required claims present, 5 s of skew (auth.md part D, rows 1 to 5).
 * @throws {ProblemError} 401 `token_invalid` or `token_expired`; 503 when no key could ever be fetched.
 */
export async function verifyJwt<T extends z.ZodType>(
  token: string,
  rules: JwtRules<T>,
): Promise<VerifiedJwt<z.output<T>>> {
  if (token.length > MAX_TOKEN_LENGTH) throw unauthorized('token_invalid', 'The token is too long');
  try {
    const keyId = keyIdOf(token, rules.type);
    const { payload } = await jwtVerify(token, rules.findKey, {
      algorithms: ['RS256'],
      ...(rules.type === undefined ? {} : { typ: rules.type }),
      issuer: rules.issuer,
      audience: [...rules.audiences],
      requiredClaims: [...(rules.requiredClaims ?? OWN_CLAIMS)],
      clockTolerance: CLOCK_SKEW_SECONDS,
      maxTokenAge: rules.maxAgeSeconds,
      currentDate: new Date(rules.clock()),
    });
    const { exp = Number.POSITIVE_INFINITY, iat = 0 } = payload;
    if (exp - iat > rules.maxAgeSeconds) throw unauthorized('token_invalid', 'The token lives too long');
    return { claims: rules.claims.parse(payload), keyId };
  } catch (error) {
    throw refusal(error);
  }
}
