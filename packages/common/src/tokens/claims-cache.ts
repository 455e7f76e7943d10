import { createHash } from 'node:crypto';

interface Entry<T> {
  readonly claims: T;
  readonly diesAt: number;
}

/** Verified claims by token. Holds hashes, never tokens: a heap dump of a service is no pile of keys. */
export interface ClaimsCache<T> {
  get(token: string): T | undefined;
  /** `diesAt` in epoch milliseconds. */
  set(token: string, claims: T, diesAt: number): void;
  readonly size: () => number;
}

const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');

/** A bounded cache that forgets the least recently used entry, and every entry at the end of its token's life. */
export function createClaimsCache<T>(maximum: number, clock: () => number): ClaimsCache<T> {
  // A Map keeps the order of insertion: the first key is the one unused for longest.
  const entries = new Map<string, Entry<T>>();
  return {
    get(token) {
      const key = keyOf(token);
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (clock() >= entry.diesAt) return undefined;
      entries.set(key, entry);
      return entry.claims;
    },
    set(token, claims, diesAt) {
      entries.set(keyOf(token), { claims, diesAt });
      if (entries.size <= maximum) return;
      const oldest = entries.keys().next().value;
      if (oldest !== undefined) entries.delete(oldest);
    },
    size: () => entries.size,
  };
}
