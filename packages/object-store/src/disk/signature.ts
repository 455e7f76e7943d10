import { createHmac, timingSafeEqual } from 'node:crypto';
import type { UploadRequest } from '../object-store.ts';

/** What a signed address allows. The query carries the plain parts; md5 and type come as headers. */
export interface SignedTerms extends Pick<UploadRequest, 'key' | 'length' | 'md5'> {
  /** Undefined when the address was signed for any type. */
  readonly contentType: string | undefined;
  /** Epoch seconds. */
  readonly expires: number;
}

/** HMAC-SHA256 over method, key, length, MD5, type and expiry. */
export function signatureOf(signingKey: string, terms: SignedTerms): string {
  // JSON keeps the parts apart, whatever characters they hold.
  const text = JSON.stringify([
    'PUT',
    terms.key,
    terms.length,
    terms.md5,
    terms.contentType ?? null,
    terms.expires,
  ]);
  return createHmac('sha256', signingKey).update(text).digest('base64url');
}

export function isSignature(signingKey: string, terms: SignedTerms, candidate: string): boolean {
  const wanted = Buffer.from(signatureOf(signingKey, terms));
  const given = Buffer.from(candidate);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
