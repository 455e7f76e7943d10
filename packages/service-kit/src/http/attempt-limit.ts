import { RateLimiterRes } from 'rate-limiter-flexible';
import { createMemoryCounters, type RateCounters, type RateLimit } from './rate-counters.ts';
import { tooMany } from './too-many.ts';

/** Counts what went wrong, not every request: wrong passwords, for instance. */
export interface AttemptLimit {
  /**
   * Takes one attempt before it is made, so that many at once cannot be more than there are.
   * @throws {ProblemError} 429 with `Retry-After` when there is none left.
   */
  readonly take: (key: string) => Promise<void>;
  /** Gives the attempt back: it was right. */
  readonly giveBack: (key: string) => Promise<void>;
}

export interface AttemptLimitOptions {
  readonly limit: RateLimit;
  /** Keeps what is counted apart from other limits in the same store. */
  readonly name: string;
  /** Default: each process counts for itself. */
  readonly counters?: RateCounters | undefined;
}

/** Attempts of each key. */
export function limitAttempts({
  limit,
  name,
  counters = createMemoryCounters(),
}: AttemptLimitOptions): AttemptLimit {
  const limiter = counters.counterOf(name, limit);
  return {
    take: async (key) => {
      try {
        await limiter.consume(key);
      } catch (thrown) {
        // The library rejects with a standing, not with an error, when there is nothing left.
        if (!(thrown instanceof RateLimiterRes)) throw thrown;
        const wait = Math.max(Math.ceil(thrown.msBeforeNext / 1000), 1);
        throw tooMany('attempts', wait);
      }
    },
    giveBack: async (key) => {
      await limiter.reward(key);
    },
  };
}
