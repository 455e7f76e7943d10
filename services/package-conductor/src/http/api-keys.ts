import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** A key and the userid that it counts as, kept as a hash: hashes have one length, which comparing in constant time needs. */
export interface ApiKey {
  readonly hash: Buffer;
  readonly userid: string;
}

const hashOf = (key: string) => createHash('sha256').update(key).digest();

const USERID = /^[a-z0-9][a-z0-9._-]*$/;

/** `key:userid,…` as `OS_CLIENT_API_KEYS` holds it. The userid is what follows the last colon. */
export const apiKeysSchema = z
  .string()
  .default('')
  .transform((text, context) =>
    text
      .split(',')
      .filter((entry) => entry.trim() !== '')
      .map((entry): ApiKey => {
        const colon = entry.lastIndexOf(':');
        const [key, userid] = [entry.slice(0, colon).trim(), entry.slice(colon + 1).trim()];
        if (colon < 1 || key === '' || !USERID.test(userid)) {
          // The message must not repeat a secret.
          context.addIssue({ code: 'custom', message: 'must read key:userid,key:userid,…' });
        }
        return { hash: hashOf(key), userid };
      }),
  );

/** The userid of a key; every known key is compared, so that the time tells nothing. */
export function useridOfKey(keys: readonly ApiKey[], key: string): string | undefined {
  const hash = hashOf(key);
  return keys.filter((known) => timingSafeEqual(known.hash, hash))[0]?.userid;
}
