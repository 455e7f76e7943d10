/** Two characters or more; the upper limit is ours, for a name is kept once for a whole data set. */
const KEY = /^[a-z_][a-z0-9_]{1,254}$/i;

/** Names that would reach into the objects that hold records; refused as keys (data-sets.md A8.9). */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** The three keys of a record that are dates. */
export const DATE_KEYS = ['_timestamp', '_start_at', '_end_at'] as const;

export type DateKey = (typeof DATE_KEYS)[number];

const CLIENT_INTERNAL_KEYS = new Set<string>([...DATE_KEYS, '_id']);

/** A key that records may have and queries may name (data-sets.md 3.2). */
export function isValidKey(key: string): boolean {
  return KEY.test(key) && !FORBIDDEN.has(key);
}

/** Keys that begin with an underscore belong to the server. */
export function isInternalKey(key: string): boolean {
  return key.startsWith('_');
}

/** The internal keys that a client may send (data-sets.md 3.1). */
export function isAcceptedInternalKey(key: string): boolean {
  return CLIENT_INTERNAL_KEYS.has(key);
}

export function isDateKey(key: string): key is DateKey {
  return key === '_timestamp' || key === '_start_at' || key === '_end_at';
}
