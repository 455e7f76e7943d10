import { hash, randomInt, timingSafeEqual } from 'node:crypto';
import type { DataSet } from './data-set.ts';

/** a–z and 0–9 without the look-alikes i, l, o, 0 and 1, as the original's tokens. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const LENGTH = 64;

/** A new bearer token: 64 characters, 317 bits. */
export function generateBearerToken(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** The form in which tokens are kept. Plain SHA-256: the tokens are random, there is nothing to guess. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** Compares a token with a kept hash in constant time; no hash matches nothing. */
function matches(token: string, tokenHash: string | null): boolean {
  if (tokenHash === null) return false;
  const kept = Buffer.from(tokenHash, 'hex');
  const sent = Buffer.from(hashToken(token), 'hex');
  return kept.length === sent.length && timingSafeEqual(kept, sent);
}

/** True for the data set's token, and for the one before it while its grace period runs. */
export function tokenMatches(
  token: string,
  { tokenHash, previousToken }: Pick<DataSet, 'tokenHash' | 'previousToken'>,
  now = new Date(),
): boolean {
  if (matches(token, tokenHash)) return true;
  return previousToken !== undefined && now < previousToken.until && matches(token, previousToken.hash);
}
