import { type ProblemError, problem } from '@flyloft/common';
import type { Request, RequestHandler, Response } from 'express';
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { z } from 'zod';
import { createMemoryCounters, type RateCounters, type RateLimit } from './rate-counters.ts';

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

async function consume(limiter: RateLimiterAbstract, key: string): Promise<Standing & { refused: boolean }> {
  const standing = ({ remainingPoints, msBeforeNext }: RateLimiterRes) => ({
    limit: limiter.points,
    remaining: Math.max(remainingPoints, 0),
    seconds: Math.max(Math.ceil(msBeforeNext / 1000), 1),
  });
  try {
    return { ...standing(await limiter.consume(key)), refused: false };
  } catch (thrown) {
    // The library rejects with a standing, not with an error, when there is nothing left.
    if (thrown instanceof RateLimiterRes) return { ...standing(thrown), refused: true };
    throw thrown;
  }
}

export interface CountOptions {
  readonly limits: readonly RateLimit[];
  /** Keeps what is counted apart from other limits in the same store. */
  readonly name: string;
  /** Default: each process counts for itself. */
  readonly counters?: RateCounters | undefined;
}

type Count = (key: string) => Promise<(Standing & { refused: boolean }) | undefined>;

/** Counts one for a key under all limits; answers how it stands with the limit that is nearest. */
function createCount({ limits, name, counters }: CountOptions): Count {
  const { counterOf } = counters ?? createMemoryCounters();
  const limiters = limits.map((limit) => counterOf(name, limit));
  return async (key) => {
    const standings = await Promise.all(limiters.map((limiter) => consume(limiter, key)));
    const [nearest] = standings.sort(
      (left, right) =>
        Number(right.refused) - Number(left.refused) ||
        left.remaining - right.remaining ||
        right.seconds - left.seconds,
    );
    return nearest;
  };
}

function tooMany(seconds: number): ProblemError {
  const headers = { 'Retry-After': String(seconds) };
  return problem('too_many_requests', `Too many requests: wait ${seconds} s`, { headers });
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
      if (standing?.refused) throw tooMany(standing.seconds);
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
      if (nearest.refused) throw tooMany(nearest.seconds);
    }
    next();
  };
}
