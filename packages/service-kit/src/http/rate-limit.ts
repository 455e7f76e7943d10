import { problem } from '@flyloft/common';
import type { Request, RequestHandler, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { z } from 'zod';

const SECONDS = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;

export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

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

async function consume(limiter: RateLimiterMemory, key: string): Promise<Standing & { refused: boolean }> {
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
  /** Requests of one key share the limits. */
  readonly keyOf: (req: Request, res: Response) => string;
}

/**
 * Limits requests of each key, counted in this process; every answer says how it stands, in the
 * `RateLimit-*` headers, by the limit that is nearest.
 */
export function limitRate({ limits, keyOf }: RateLimitOptions): RequestHandler {
  const limiters = limits.map(
    ({ requests, seconds }) => new RateLimiterMemory({ points: requests, duration: seconds }),
  );
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
