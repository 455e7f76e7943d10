import { hasPermission, ProblemError, problem, type TokenVerifier } from '@flyloft/common';
import { type DataSet, tokenMatches } from '@flyloft/data-sets';
import type { Request } from 'express';

/** A service token is a signed JWT: three parts. A bearer token of a data set has no points. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

const LONGEST_NAMED = 100;
const SHOWN_OF_LONGER = 8;

function unauthorized(message: string, cause?: unknown): ProblemError {
  return problem('token_invalid', message, { headers: { 'WWW-Authenticate': 'bearer' }, cause });
}

/** The answer names the token that was sent, but not the whole of a long one (data-sets.md A8.16). */
function nameOf(token: string): string {
  if (token === '') return 'None';
  return token.length > LONGEST_NAMED ? token.slice(0, SHOWN_OF_LONGER) : token;
}

async function mayWrite(token: string, verifier: TokenVerifier): Promise<boolean> {
  if (!JWT.test(token)) return false;
  try {
    return hasPermission(await verifier.verify(token), 'write');
  } catch (error) {
    // Only a refused token is an answer; keys that cannot be fetched are not.
    if (error instanceof ProblemError && error.status === 401) return false;
    throw error;
  }
}

/**
 * Lets in the data set's own bearer token, or a service token for `data-sets` with `write`.
 * @throws {ProblemError} 401 with the messages of data-sets.md 1.2.
 */
export async function authoriseWriter(
  req: Request,
  dataSet: DataSet,
  verifier: TokenVerifier,
): Promise<void> {
  const header = req.get('authorization');
  if (header === undefined) throw unauthorized('Expected header of form: Authorization: Bearer <token>');
  // Case-sensitive, as in the original.
  const token = header.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
  if (token !== '' && tokenMatches(token, dataSet)) return;
  if (await mayWrite(token, verifier)) return;
  throw unauthorized(`Unauthorized: Invalid bearer token '${nameOf(token)}' for '${dataSet.name}'`);
}
