import { createHash } from 'node:crypto';
import { type ProblemError, problem } from '@flyloft/common';
import type { Request, Response } from 'express';
import { z } from 'zod';

// What every endpoint with an Idempotency-Key does alike (reliability.md E1). Keeping the answer is the
// store's, because it must happen in the transaction that has the effect.

const LONGEST = 255;

/** For an endpoint's `request.headers`. */
export const idempotencyHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .max(LONGEST)
    .optional()
    .describe(
      'Kept for 24 hours: the same key and body get the first answer again, and nothing is stored twice',
    ),
});

/** @throws {ProblemError} 400 for a key that is empty or too long. */
export function idempotencyKeyOf(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined || (key !== '' && key.length <= LONGEST)) return key;
  throw problem('invalid_parameter', `An Idempotency-Key has 1 to ${LONGEST} characters`);
}

/** In hexadecimal: keys and what was sent are kept as hashes. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A key stands for one body. @throws {ProblemError} 422 */
export function checkSameRequest(isSame: boolean): void {
  if (!isSame) throw problem('unprocessable', 'This Idempotency-Key was used for another body');
}

/** Marks the answer as one that was given before. */
export function markReplayed(res: Response): void {
  res.setHeader('Idempotency-Replayed', 'true');
}

/** 409: a request with this key is being answered at this moment. */
export function inFlight(): ProblemError {
  return problem('conflict', 'A request with this Idempotency-Key is being stored', {
    headers: { 'Retry-After': '1' },
  });
}
