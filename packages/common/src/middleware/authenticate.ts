import type { RequestHandler, Response } from 'express';
import type { ServiceTokenClaims } from '../tokens/claims.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';

/** Where a token may stand in a request (auth.md A7.2). */
export type TokenPlace = 'authorization' | 'auth-token' | 'jwt';

export interface AuthenticateOptions {
  readonly verifier: TokenVerifier;
  /** Default `['authorization']`. A token in any other known place is 401. */
  readonly places?: readonly TokenPlace[];
  /** True: a request without a token passes, as a stranger's. A bad token is 401 all the same. */
  readonly optional?: boolean;
}

/** Express middleware: stages 1 and 2 of the three-stage check (auth.md A3). */
export function authenticate(_options: AuthenticateOptions): RequestHandler {
  throw new Error('not built yet');
}

/** The claims that `authenticate` verified for this request; undefined for a stranger. */
export function claimsOf(res: Response): ServiceTokenClaims | undefined {
  return res.locals.claims as ServiceTokenClaims | undefined;
}
