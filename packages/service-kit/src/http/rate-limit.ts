import { problem } from '@flyloft/common';
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

export interface RateLimitOptions {
  readonly limits: readonly RateLimit[];
  /** Keeps what is counted apart from other limits in the same store. */
  readonly name: string;
  /** Default: each process counts for itself. */
  readonly counters?: RateCounters | undefined;
  /** Requests of one key share the limits. */
  readonly keyOf: (req: Request, res: Response) => string;
}

/**
 * Limits requests of each key; every answer says how it stands, in the `RateLimit-*` headers, by the
 * limit that is nearest.
 */
export function limitRate({ limits, name, counters, keyOf }: RateLimitOptions): RequestHandler {
  const { counterOf } = counters ?? createMemoryCounters();
  const limiters = limits.map((limit) => counterOf(name, limit));
  return async (req, res, next) => {
    const key = keyOf(req, res);
    const standings = await Promise.all(limiters.map((limiter) => consume(limiter, key)));
    const [nearest] = standings.sort(
      (left, right) =>
        Number(right.refused) - Number(left.refused) ||
        left.remaining - right.remaining ||
        right.seconds - left.seconds,
    );
    if (nearest !== undefined) {
      res.setHeader('RateLimit-Limit', nearest.limit);
      res.setHeader('RateLimit-Remaining', nearest.remaining);
      res.setHeader('RateLimit-Reset', nearest.seconds);
      if (nearest.refused) {
        const headers = { 'Retry-After': String(nearest.seconds) };
        throw problem('too_many_requests', `Too many requests: wait ${nearest.seconds} s`, { headers });
      }
    }
    next();
  };
}
