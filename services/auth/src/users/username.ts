import { z } from 'zod';

/** Names that would look like a part of the platform, or of its addresses. */
const RESERVED = new Set(
  `about account admin administrator api auth data data-sets datastore docs files flyloft help hydra loads
  login logout me moderator null oauth oidc package packages root search settings support system undefined
  user users www`.split(/\s+/),
);

const MAX_LENGTH = 32;
const MIN_LENGTH = 3;
// Room for the number that makes a taken name free.
const MAX_STEM_LENGTH = MAX_LENGTH - 6;

const FORM = /^[a-z0-9][a-z0-9_-]{2,31}$/;

/** A username that somebody chooses (auth.md A3). */
export const usernameSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(FORM, 'must be 3 to 32 letters (a to z), digits, "-" or "_", and begin with a letter or digit')
  .refine((name) => !RESERVED.has(name), 'is reserved');

/**
 * What an e-mail address has before the @, or another system's user name, as a username may look:
 * `[a-z0-9][a-z0-9_-]{2,31}`.
 */
export function usernameStem(name: string): string {
  const local = name
    .replace(/@[^@]*$/, '')
    .normalize('NFKD')
    .toLowerCase();
  const stem = local
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '')
    .slice(0, MAX_STEM_LENGTH);
  return stem.length < MIN_LENGTH ? `user-${stem}`.replace(/-$/, '') : stem;
}

/** The stem itself, or the stem with the first number that makes it free (auth.md 1.5). */
export function freeUsername(stem: string, isTaken: (name: string) => boolean): string {
  const isFree = (name: string) => !RESERVED.has(name) && !isTaken(name);
  if (isFree(stem)) return stem;
  for (let number = 1; ; number += 1) {
    const name = `${stem}${number}`;
    if (isFree(name)) return name;
  }
}
