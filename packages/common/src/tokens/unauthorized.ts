import { type ProblemCode, type ProblemError, type ProblemOptions, problem } from '../problem.ts';

/** The problem codes that are answered 401. */
type UnauthorizedCode = Extract<ProblemCode, `token_${string}`>;

// RFC 6750 section 3.1: no error code where no token was sent at all.
const BEARER_ERRORS: Readonly<Record<UnauthorizedCode, string | undefined>> = {
  token_missing: undefined,
  token_malformed: 'invalid_request',
  token_invalid: 'invalid_token',
  token_expired: 'invalid_token',
  token_revoked: 'invalid_token',
  token_unknown_user: 'invalid_token',
};

/**
 * A 401 with the `WWW-Authenticate` header that each of them must carry (auth.md A7.2). The detail goes
 * into the body alone: it may hold characters that a header cannot.
 */
export function unauthorized(
  code: UnauthorizedCode,
  detail?: string,
  options: Omit<ProblemOptions, 'detail' | 'headers'> = {},
): ProblemError {
  const error = BEARER_ERRORS[code];
  const challenge = `Bearer realm="flyloft"${error === undefined ? '' : `, error="${error}"`}`;
  return problem(code, detail, { ...options, headers: { 'WWW-Authenticate': challenge } });
}
