/** Bodies of answers by what they answer. */
export interface RecentBodies<Kept> {
  readonly find: (key: string) => Kept | undefined;
  readonly keep: (key: string, kept: Kept) => void;
}

/** Keeps the bodies that were used last, up to so many bytes in all; one may take an eighth of them. */
export function createRecentBodies<Kept extends { readonly body: Buffer }>(
  maxBytes: number,
): RecentBodies<Kept> {
  const all = new Map<string, Kept>();
  let bytes = 0;
  const forget = (key: string) => {
    bytes -= all.get(key)?.body.length ?? 0;
    all.delete(key);
  };
  return {
    find: (key) => {
      const kept = all.get(key);
      if (kept === undefined) return undefined;
      // a Map keeps the order of insertion: the first is the one that was not used for longest
      all.delete(key);
      all.set(key, kept);
      return kept;
    },
    keep: (key, kept) => {
      if (kept.body.length > maxBytes / 8) return;
      forget(key);
      all.set(key, kept);
      bytes += kept.body.length;
      for (const oldest of all.keys()) {
        if (bytes <= maxBytes) break;
        forget(oldest);
      }
    },
  };
}
