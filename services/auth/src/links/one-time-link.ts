import { hashOfSecret, randomSecret } from '../random-secret.ts';

/** `sign-in` opens a session, `recovery` sets a password, `email` proves an address. */
export type LinkPurpose = 'sign-in' | 'recovery' | 'email';

/** A link to be stored: all of it but its secret. */
export interface NewLink {
  readonly tokenHash: Uint8Array<ArrayBuffer>;
  readonly purpose: LinkPurpose;
  readonly expiresAt: Date;
  /** The address that it is mailed to; whoever opens the link has shown that it is theirs. */
  readonly email?: string;
}

const PATHS: Readonly<Record<LinkPurpose, string>> = {
  'sign-in': '/auth/sign-in',
  recovery: '/auth/recovery',
  email: '/auth/verify',
};
const LIFE_MILLISECONDS = 7 * 86_400_000;

/** Mail lies about in more places than a link that an administrator hands on. */
const MAILED_LIFE_MILLISECONDS = 86_400_000;

/** What is kept of a link's secret. */
export const hashOfLink = hashOfSecret;

/**
 * A new link, as its address and as what is stored of it. The secret stands in the query, because
 * paths are logged and queries are not.
 */
export function createOneTimeLink(
  purpose: LinkPurpose,
  origin: string,
  now: Date,
  mailedTo?: string,
): { url: string; link: NewLink } {
  const secret = randomSecret();
  const life = mailedTo === undefined ? LIFE_MILLISECONDS : MAILED_LIFE_MILLISECONDS;
  const expiresAt = new Date(now.getTime() + life);
  return {
    url: `${origin}${PATHS[purpose]}?link=${secret}`,
    link: {
      tokenHash: hashOfLink(secret),
      purpose,
      expiresAt,
      ...(mailedTo === undefined ? {} : { email: mailedTo }),
    },
  };
}
