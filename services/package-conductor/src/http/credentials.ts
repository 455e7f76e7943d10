import {
  authenticate,
  findToken,
  ProblemError,
  type ServiceTokenClaims,
  type TokenPlace,
  type TokenVerifier,
} from '@flyloft/common';
import type { Request, RequestHandler } from 'express';

/** Where clients of the datastore put their tokens (packages.md A6). */
const PLACES: readonly TokenPlace[] = ['auth-token', 'authorization', 'jwt'];

/** The caller must show a token: 401 otherwise. */
export const needToken = (verifier: TokenVerifier): RequestHandler =>
  authenticate({ verifier, places: PLACES });

/** The caller may show a token; a bad one is 401 all the same. */
export const mayHaveToken = (verifier: TokenVerifier): RequestHandler =>
  authenticate({ verifier, places: PLACES, optional: true });

/** What `/package/*` tells apart: no token, one that is not good, or a caller. */
export type Caller =
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'known'; readonly claims: ServiceTokenClaims };

/** For endpoints whose kept contract answers a bad token with 200. Faults of ours are thrown. */
export async function callerOf(req: Request, verifier: TokenVerifier): Promise<Caller> {
  try {
    const token = findToken(req, PLACES);
    if (token === undefined) return { kind: 'missing' };
    return { kind: 'known', claims: await verifier.verify(token) };
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) return { kind: 'refused' };
    throw error;
  }
}
