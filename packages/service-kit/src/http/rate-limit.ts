import type { Request, RequestHandler, Response } from 'express';
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { z } from 'zod';
import { createMemoryCounters, type RateCounters, type RateLimit } from './rate-counters.ts';
import { tooMany } from './too-many.ts';

const SECONDS = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;

/** `100/minute`, or several that all hold: `100/minute;5/second`. */
export const rateLimitsSchema = z
  .string()
  .regex(
    /^[1-9]\d{0,8}\/(second|minute|hour|day)(;[1-9]\d{0,8}\/(second|minute|hour|day))*$/,
    'is not like 100/minute;5/second',
  )
  .transform((text) =>
    text.split(';').map((part): RateLimit => {
      const [requests, unit] = part.split('/');
      // the pattern above knows these units only
      return { requests: Number(requests), seconds: SECONDS[unit as keyof typeof SECONDS] };
    }),
  );

interface Standing {
  readonly limit: number;
  readonly remaining: number;
  readonly seconds: number;
}

interface Counted extends Standing {
  readonly refused: boolean;
}

/** Counts that are made together: the library's answer to all of them, and how many they are. */
interface Batch {
  size: number;
  readonly counted: Promise<RateLimiterRes>;
}

async function consume(limiter: RateLimiterAbstract, key: string, points: number): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key, points);
  } catch (thrown) {
    // The library rejects with a standing, not with an error, when there is nothing left.
    if (thrown instanceof RateLimiterRes) return thrown;
    throw thrown;
  }
}

/**
 * Counts one for a key. What comes while a count of the same key is on its way is counted by one statement
 * after it: a busy client costs the store one write at a time, and is still counted exactly.
 */
function countTogether(limiter: RateLimiterAbstract): (key: string) => Promise<Counted> {
  const running = new Map<string, Promise<unknown>>();
  const waiting = new Map<string, Batch>();
  const count = async (key: string): Promise<RateLimiterRes> => {
    await running.get(key)?.catch(() => undefined);
    const size = waiting.get(key)?.size ?? 1;
    waiting.delete(key);
    const counted = consume(limiter, key, size);
    running.set(key, counted);
    try {
      return await counted;
    } finally {
      if (running.get(key) === counted) running.delete(key);
    }
  };
  return async (key) => {
    const joined = waiting.get(key);
    // `count` looks at the batch a turn later at the earliest, when it stands in `waiting`.
    const batch = joined ?? { size: 0, counted: Promise.resolve().then(() => count(key)) };
    if (joined === undefined) waiting.set(key, batch);
    batch.size += 1;
    const place = batch.size;
    const { consumedPoints, msBeforeNext } = await batch.counted;
    // Those who came first in the batch have what was left.
    const number = consumedPoints - batch.size + place;
    return {
      limit: limiter.points,
      remaining: Math.max(limiter.points - number, 0),
      seconds: Math.max(Math.ceil(msBeforeNext / 1000), 1),
      refused: number > limiter.points,
    };
  };
}

export interface CountOptions {
  readonly limits: readonly RateLimit[];
  /** Keeps what is counted apart from other limits in the same store. */
  readonly name: string;
  /** Default: each process counts for itself. */
  readonly counters?: RateCounters | undefined;
}

type Count = (key: string) => Promise<Counted | undefined>;

/** Counts one for a key under all limits; answers how it stands with the limit that is nearest. */
function createCount({ limits, name, counters }: CountOptions): Count {
  const { counterOf } = counters ?? createMemoryCounters();
  const counts = limits.map((limit) => countTogether(counterOf(name, limit)));
  return async (key) => {
    const standings = await Promise.all(counts.map((count) => count(key)));
    const [nearest] = standings.sort(
      (left, right) =>
        Number(right.refused) - Number(left.refused) ||
        left.remaining - right.remaining ||
        right.seconds - left.seconds,
    );
    return nearest;
  };
}

/** Counts something that is no request of its own, such as a wrong token. */
export interface EventLimit {
  /** @throws {ProblemError} 429 with `Retry-After` when there were too many of this key. */
  readonly count: (key: string) => Promise<void>;
}

export function limitEvents(options: CountOptions): EventLimit {
  const count = createCount(options);
  return {
    count: async (key) => {
      const standing = await count(key);
      if (standing?.refused) throw tooMany('requests', standing.seconds);
    },
  };
}

export interface RateLimitOptions extends CountOptions {
  /** Requests of one key share the limits. */
  readonly keyOf: (req: Request, res: Response) => string;
}

/**
 * Limits requests of each key; every answer says how it stands, in the `RateLimit-*` headers, by the
 * limit that is nearest.
 */
export function limitRate({ keyOf, ...options }: RateLimitOptions): RequestHandler {
  const count = createCount(options);
  return async (req, res, next) => {
    const nearest = await count(keyOf(req, res));
    if (nearest !== undefined) {
      res.setHeader('RateLimit-Limit', nearest.limit);
      res.setHeader('RateLimit-Remaining', nearest.remaining);
      res.setHeader('RateLimit-Reset', nearest.seconds);
      if (nearest.refused) throw tooMany('requests', nearest.seconds);
    }
    next();
  };
}
