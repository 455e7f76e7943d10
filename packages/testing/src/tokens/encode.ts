import { createHmac, type KeyObject, sign } from 'node:crypto';

/** A JSON value in base64url, as a part of a JWT. */
export function encodePart(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Any header over any claims: node's own primitives, because a library would refuse to forge. */
export function signedWith(
  key: KeyObject,
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  digest = 'sha256',
): string {
  const content = `${encodePart(header)}.${encodePart(claims)}`;
  // JWS wants the two numbers of an ECDSA signature side by side, not in DER.
  const options = key.asymmetricKeyType === 'ec' ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
  return `${content}.${sign(digest, Buffer.from(content), options).toString('base64url')}`;
}

export function authenticatedWith(
  secret: string,
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): string {
  const content = `${encodePart(header)}.${encodePart(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}
