/** Counts the bytes of a folder's files and says goodbye to those that nobody has used for longest. */
export interface Room {
  has(name: string): boolean;
  /** A file that is there, or whose bytes are on their way. */
  add(name: string, bytes: number): void;
  /** A file that did not come after all. */
  forget(name: string): void;
  /** While anyone holds a file it stays, and counts as used. Answers how to let go. */
  hold(name: string): () => void;
  /** Removes files, least recently used first, until the others fit. */
  tidy(): Promise<void>;
}

export function createRoom(maxBytes: number, remove: (name: string) => Promise<void>): Room {
  // A Map keeps the order in which names were put in: the least recently used is the first.
  const sizes = new Map<string, number>();
  const holders = new Map<string, number>();
  let total = 0;

  const forget = (name: string) => {
    total -= sizes.get(name) ?? 0;
    sizes.delete(name);
  };
  const use = (name: string) => {
    const bytes = sizes.get(name);
    if (bytes === undefined) return;
    sizes.delete(name);
    sizes.set(name, bytes);
  };
  const removals = new Set<Promise<void>>();
  const add = (name: string, bytes: number) => {
    forget(name);
    sizes.set(name, bytes);
    total += bytes;
  };
  const removeOne = (name: string, bytes: number) => {
    forget(name);
    // What cannot be removed still takes its place.
    const removal: Promise<void> = remove(name)
      .catch(() => add(name, bytes))
      .finally(() => removals.delete(removal));
    removals.add(removal);
  };

  return {
    has: (name) => sizes.has(name),
    add,
    forget,
    hold: (name) => {
      holders.set(name, (holders.get(name) ?? 0) + 1);
      use(name);
      return () => {
        const left = (holders.get(name) ?? 1) - 1;
        if (left === 0) holders.delete(name);
        else holders.set(name, left);
        use(name);
      };
    },
    tidy: async () => {
      for (const [name, bytes] of [...sizes]) {
        if (total <= maxBytes) break;
        if (!holders.has(name)) removeOne(name, bytes);
      }
      // Also those that others began: a file that comes back must not meet its own removal.
      await Promise.all(removals);
    },
  };
}
