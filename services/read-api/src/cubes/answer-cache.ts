import { createRecentBodies } from '../http/recent-bodies.ts';

/** An answer that is kept: its bytes never change, because its key names the load. */
export interface KeptAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface AnswerCache {
  find(key: string): KeptAnswer | undefined;
  /**
   * The kept answer, or what `make` makes: once, however many ask for it at the same time. Its signal is
   * aborted when none of them waits any more.
   */
  findOrMake(
    key: string,
    gone: AbortSignal,
    make: (gone: AbortSignal) => Promise<KeptAnswer>,
  ): Promise<KeptAnswer>;
}

interface Making {
  readonly answer: Promise<KeptAnswer>;
  /** Counts one who waits; answers how to stop waiting. */
  readonly join: () => () => void;
}

function begin(make: (gone: AbortSignal) => Promise<KeptAnswer>, abandoned: () => void): Making {
  const nobody = new AbortController();
  let waiting = 0;
  return {
    answer: make(nobody.signal),
    join: () => {
      waiting += 1;
      return () => {
        waiting -= 1;
        if (waiting > 0) return;
        abandoned();
        nobody.abort();
      };
    },
  };
}

/** Keeps the answers that were used last, and makes each once for all who wait for it. */
export function createAnswerCache(maxBytes: number): AnswerCache {
  const { find, keep } = createRecentBodies<KeptAnswer>(maxBytes);
  const making = new Map<string, Making>();

  const start = (key: string, make: (gone: AbortSignal) => Promise<KeptAnswer>): Making => {
    // Whoever comes after it was given up begins anew.
    const forget = () => {
      if (making.get(key) === begun) making.delete(key);
    };
    const begun = begin(async (gone) => {
      const answer = await make(gone);
      keep(key, answer);
      return answer;
    }, forget);
    begun.answer.then(forget, forget);
    making.set(key, begun);
    return begun;
  };

  return {
    find,
    findOrMake: async (key, gone, make) => {
      const there = find(key);
      if (there !== undefined) return there;
      const { answer, join } = making.get(key) ?? start(key, make);
      const leave = join();
      gone.addEventListener('abort', leave, { once: true });
      try {
        return await answer;
      } finally {
        gone.removeEventListener('abort', leave);
      }
    },
  };
}
