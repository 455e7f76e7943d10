import { type EventLimit, limitEvents, type RateCounters, type RateLimit } from '@flyloft/service-kit';

/** What is limited (auth.md A7.11), by all replicas together where they share their counters. */
export interface Limits {
  /** Service tokens asked for, by session or personal access token. */
  readonly tokenRequests: EventLimit;
  /** Personal access tokens that were wrong, by address. */
  readonly wrongTokens: EventLimit;
}

export interface LimitOptions {
  readonly tokenRequests: readonly RateLimit[];
  readonly wrongTokens: readonly RateLimit[];
  readonly counters: RateCounters;
}

export function createLimits({ tokenRequests, wrongTokens, counters }: LimitOptions): Limits {
  return {
    tokenRequests: limitEvents({ name: 'token-requests', limits: tokenRequests, counters }),
    wrongTokens: limitEvents({ name: 'wrong-tokens', limits: wrongTokens, counters }),
  };
}

const unlimited: EventLimit = { count: async () => {} };

/** For parts that are used without a server around them. */
export const NO_LIMITS: Limits = { tokenRequests: unlimited, wrongTokens: unlimited };
