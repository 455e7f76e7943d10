import { problem } from '@flyloft/common';
import { hashOfSecret } from '../random-secret.ts';

/** Kilobytes on current versions of Hydra; nothing that is longer is one. */
const MAX_LENGTH = 8_192;
const VISIBLE = /^[\x21-\x7e]+$/;
const LONG_BASE64 = /^[\w-]{64,}$/;

/**
 * A challenge as it stands in an address: opaque, and never logged (auth.md B3.3).
 * @throws {ProblemError} 400 when there is none, or it cannot be one (L1).
 */
export function challengeOf(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !VISIBLE.test(value)) {
    throw problem(
      'bad_request',
      'The address names no request of an application. Go back and sign in again.',
    );
  }
  return value;
}

/**
 * What is remembered of a finished challenge. The last letter of Base64 has bits that decoders pass over: a
 * challenge that differs in them alone is the same one.
 */
export function hashOfChallenge(challenge: string): Uint8Array<ArrayBuffer> {
  const same = LONG_BASE64.test(challenge)
    ? Buffer.from(challenge, 'base64url').toString('base64url')
    : challenge;
  return hashOfSecret(same);
}
