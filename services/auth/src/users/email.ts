import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

const MAX_EMAIL_LENGTH = 254;

/** An e-mail address as browsers check it, which takes `admin@localhost` too. */
export const emailSchema = z
  .string()
  .trim()
  .max(MAX_EMAIL_LENGTH)
  .pipe(z.email({ pattern: z.regexes.html5Email }));

/** The form in which two addresses are compared. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

/**
 * The idhash of a new account (auth.md A3). MD5 is no protection here and needs to be none: old
 * clients find folders and packages by exactly this value.
 */
export function idhashOf(email: string): string {
  return createHash('md5').update(normalizeEmail(email)).digest('hex');
}

/** For an account without an e-mail address, or with one whose idhash is taken. */
export function randomIdhash(): string {
  return randomBytes(16).toString('hex');
}
