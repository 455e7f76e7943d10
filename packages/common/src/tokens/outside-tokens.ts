import { decodeJwt } from 'jose';
import { z } from 'zod';
import { keyFinder } from './key-source.ts';
import { unauthorized } from './unauthorized.ts';
import { type JwtRules, verifyJwt } from './verify-jwt.ts';

/** An issuer beside auth whose tokens say who somebody is; Firebase is one. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: URL;
}

const outsideClaimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  exp: z.number(),
  iat: z.number(),
  email: z.string().optional(),
  email_verified: z.boolean().optional(),
  name: z.string().optional(),
  picture: z.string().optional(),
});

export type OutsideClaims = z.infer<typeof outsideClaimsSchema>;

export interface OutsideTokens {
  /** True when the token claims to be of a trusted issuer; nothing of it is believed yet. */
  readonly isOutside: (token: string) => boolean;
  /** @throws {ProblemError} 401 `token_invalid` or `token_expired`; 503 when no key could ever be fetched. */
  readonly verify: (token: string) => Promise<OutsideClaims>;
}

/** Longer than any provider's: Firebase's live for an hour. */
const MAX_AGE_SECONDS = 86_400;

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) && /^https?:/.test(text) ? new URL(text) : undefined;
}

/** `TRUSTED_ISSUERS=issuer|audience|jwks;…` (auth.md A3). */
export const trustedIssuersSchema = z.string().transform((text, context): TrustedIssuer[] => {
  const entries = text.split(';').filter((entry) => entry.trim() !== '');
  return entries.flatMap((entry) => {
    const [issuer = '', audience = '', jwks = '', ...more] = entry.split('|').map((part) => part.trim());
    const jwksUrl = urlOf(jwks);
    if (issuer !== '' && audience !== '' && jwksUrl !== undefined && more.length === 0) {
      return [{ issuer, audience, jwksUrl }];
    }
    context.addIssue({
      code: 'custom',
      message: `"${entry.trim()}" is not issuer|audience|address of its JWKS`,
    });
    return [];
  });
});

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/**
 * Verifies the tokens of outside issuers: RS256 alone, by the key set of the very issuer that a token
 * names, exact `iss` and `aud`, `exp`, `iat` and `sub` present, none of our own types.
 */
export function createOutsideTokens(
  trusted: readonly TrustedIssuer[],
  clock: () => number = Date.now,
): OutsideTokens {
  const rulesByIssuer = new Map(
    trusted.map(({ issuer, audience, jwksUrl }): [string, JwtRules<typeof outsideClaimsSchema>] => [
      issuer,
      {
        type: undefined,
        issuer,
        audiences: [audience],
        maxAgeSeconds: MAX_AGE_SECONDS,
        requiredClaims: ['exp', 'iat', 'sub'],
        claims: outsideClaimsSchema,
        findKey: keyFinder({ kind: 'remote', jwksUrl }, clock),
        clock,
      },
    ]),
  );
  const rulesFor = (token: string) => {
    const issuer = rulesByIssuer.size === 0 ? undefined : issuerOf(token);
    return issuer === undefined ? undefined : rulesByIssuer.get(issuer);
  };
  return {
    isOutside: (token) => rulesFor(token) !== undefined,
    verify: async (token) => {
      const rules = rulesFor(token);
      if (rules === undefined) throw unauthorized('token_invalid', 'The token is of no trusted issuer');
      return (await verifyJwt(token, rules)).claims;
    },
  };
}
