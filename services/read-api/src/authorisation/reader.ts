import { authenticate, claimsOf, hasPermission, type TokenVerifier } from '@flyloft/common';
import type { Request, RequestHandler, Response } from 'express';

/** A signed token has parts between points, whole or not; a personal one has a beginning of its own. */
const OF_FLYLOFT = /^bearer (?:\S*\.\S*|fl_pat_\S*)$/i;

/** Where a token may not stand (auth.md A7.2). */
const IN_THE_ADDRESS = ['jwt', 'access_token'];

function hasToken(req: Request): boolean {
  const headers = req.headersDistinct.authorization ?? [];
  if (headers.some((header) => OF_FLYLOFT.test(header))) return true;
  return IN_THE_ADDRESS.some((name) => req.url.includes(`${name}=`) && req.query[name] !== undefined);
}

/**
 * Verifies a token of Flyloft's before anything is looked up: a bad one is 401, whatever it was sent for. Whoever sends
 * none is a stranger, also with what the original never looked at: its clients may send a data set's own token, or
 * the password of a proxy, with every request.
 */
export function identifyReader(verifier: TokenVerifier): RequestHandler {
  const check = authenticate({ verifier });
  return async (req, res, next) => {
    if (hasToken(req)) await check(req, res, next);
    else next();
  };
}

/** True for a service token for `data-sets` with `read-unpublished`. */
export function mayReadRestricted(res: Response): boolean {
  const claims = claimsOf(res);
  return claims !== undefined && hasPermission(claims, 'read-unpublished');
}
