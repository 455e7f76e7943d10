/** Lets so many at a time do something; the others wait, first come first served. */
export interface Turns {
  /** @throws the signal's reason when it is aborted before it is one's turn. */
  take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

export function createTurns(places: number): Turns {
  let free = places;
  const waiting = new Set<() => void>();

  const begin = (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(enter);
        reject(signal.reason);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      waiting.add(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  };
  const end = () => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else {
      waiting.delete(next);
      next();
    }
  };

  return {
    take: async (signal, work) => {
      await begin(signal);
      try {
        return await work();
      } finally {
        end();
      }
    },
  };
}
