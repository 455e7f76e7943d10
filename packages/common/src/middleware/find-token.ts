import type { Request } from 'express';
import { problem } from '../problem.ts';
import { unauthorized } from '../tokens/unauthorized.ts';

/** Where a token may stand in a request (auth.md A7.2). */
export type TokenPlace = 'authorization' | 'auth-token' | 'jwt';

interface Found {
  readonly place: TokenPlace | 'access_token';
  readonly token: string;
}

// Exactly two words, the first `Bearer` in any case (RFC 6750; auth.md 2.2).
const BEARER = /^bearer ([^\s]+)$/i;

function bearerToken(header: string): string {
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) {
    throw unauthorized('token_malformed', 'The header must read: Authorization: Bearer <token>');
  }
  return token;
}

function textsOf(value: unknown): string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.filter((one): one is string => typeof one === 'string' && one !== '');
}

function parameters(req: Request, name: string): string[] {
  // A JSON body is the caller's data, where a field may have any name; only a form has parameters.
  const form: unknown = req.is('application/x-www-form-urlencoded') ? req.body : undefined;
  const fields = typeof form === 'object' && form !== null ? Object.entries(form) : [];
  const inForm = fields.filter(([field]) => field === name).flatMap(([, value]) => textsOf(value));
  return [...textsOf(req.query[name]), ...inForm];
}

function everyToken(req: Request): Found[] {
  // headersDistinct: where a header is sent twice, `req.headers` hides the second one.
  const { authorization = [], 'auth-token': authToken = [] } = req.headersDistinct;
  return [
    ...authorization.map((header) => ({ place: 'authorization' as const, token: bearerToken(header) })),
    ...textsOf(authToken).map((token) => ({ place: 'auth-token' as const, token })),
    ...parameters(req, 'jwt').map((token) => ({ place: 'jwt' as const, token })),
    ...parameters(req, 'access_token').map((token) => ({ place: 'access_token' as const, token })),
  ];
}

/**
 * The one token of a request, or undefined when it has none.
 * @throws {ProblemError} 400 `conflicting_tokens` when two differ; 401 `token_malformed` for a bad
 * Authorization header; 401 `token_invalid` when the token stands where it may not.
 */
export function findToken(req: Request, places: readonly TokenPlace[]): string | undefined {
  const found = everyToken(req);
  const first = found[0];
  if (first === undefined) return undefined;
  if (found.some(({ token }) => token !== first.token)) throw problem('conflicting_tokens');
  // Widened, because `access_token` is a place that no endpoint allows.
  const allowed: readonly string[] = places;
  const misplaced = found.find(({ place }) => !allowed.includes(place));
  if (misplaced) {
    throw unauthorized('token_invalid', `This endpoint takes no token from "${misplaced.place}"`);
  }
  return first.token;
}
