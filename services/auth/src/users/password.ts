import { hash, verify } from '@node-rs/argon2';
import { z } from 'zod';

const MIN_LENGTH = 10;
const MAX_LENGTH = 200;

export const passwordSchema = z.string().min(MIN_LENGTH).max(MAX_LENGTH);

// argon2id in 64 MiB, three passes, one lane: RFC 9106's second choice with the lanes that a server has to
// spare, some 100 ms on one core (`npm run bench -- auth`).
const SETTINGS = { memoryCost: 65_536, timeCost: 3, parallelism: 1 };
const CURRENT = /^\$argon2id\$v=19\$m=65536,t=3,p=1\$/;

// What no password hashes to: checking one against it takes as long as against a real hash.
const NOBODYS_HASH = `$argon2id$v=19$m=65536,t=3,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** Off the event loop, in the thread pool of libuv. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, SETTINGS);
}

/** Where there is no hash, false after the same work: the time tells nobody which accounts exist (D20). */
export async function passwordMatches(password: string, hashed: string | null | undefined): Promise<boolean> {
  return (await verify(hashed ?? NOBODYS_HASH, password)) && hashed != null;
}

/** True for a hash made with other settings than today's. */
export function needsRehash(hashed: string): boolean {
  return !CURRENT.test(hashed);
}
