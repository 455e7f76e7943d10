import { createHash, randomBytes } from 'node:crypto';

export type LinkPurpose = 'sign-in' | 'recovery';

/** A link to be stored: all of it but its secret. */
export interface NewLink {
  readonly tokenHash: Uint8Array<ArrayBuffer>;
  readonly purpose: LinkPurpose;
  readonly expiresAt: Date;
}

const PATHS: Readonly<Record<LinkPurpose, string>> = {
  'sign-in': '/auth/sign-in',
  recovery: '/auth/recovery',
};
const LIFE_MILLISECONDS = 7 * 86_400_000;
const SECRET_BYTES = 32;

/** What is kept of a link's secret. A plain hash will do: the secret is 256 random bits. */
export function hashOfLink(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}

/**
 * A new link, as its address and as what is stored of it. The secret stands in the query, because
 * paths are logged and queries are not.
 */
export function createOneTimeLink(
  purpose: LinkPurpose,
  origin: string,
  now: Date,
): { url: string; link: NewLink } {
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const expiresAt = new Date(now.getTime() + LIFE_MILLISECONDS);
  return {
    url: `${origin}${PATHS[purpose]}?link=${secret}`,
    link: { tokenHash: hashOfLink(secret), purpose, expiresAt },
  };
}
