import type { RequestHandler, Response } from 'express';
import type { ServiceTokenClaims } from '../tokens/claims.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import { unauthorized } from '../tokens/unauthorized.ts';
import { findToken, type TokenPlace } from './find-token.ts';

export interface AuthenticateOptions {
  readonly verifier: TokenVerifier;
  /** Default `['authorization']`. A token in any other known place is 401. */
  readonly places?: readonly TokenPlace[];
  /** True: a request without a token passes, as a stranger's. A bad token is 401 all the same. */
  readonly optional?: boolean;
}

/**
 * Express middleware: stages 1 and 2 of the three-stage check (auth.md A3). With the place `jwt` in
 * a form body, mount the form parser before it.
 */
export function authenticate(options: AuthenticateOptions): RequestHandler {
  const { verifier, places = ['authorization'], optional = false } = options;
  return async (req, res, next) => {
    const token = findToken(req, places);
    if (token !== undefined) res.locals.claims = await verifier.verify(token);
    else if (!optional) throw unauthorized('token_missing');
    next();
  };
}

/** The claims that `authenticate` verified for this request; undefined for a stranger. */
export function claimsOf(res: Response): ServiceTokenClaims | undefined {
  // set by authenticate alone
  return res.locals.claims as ServiceTokenClaims | undefined;
}
