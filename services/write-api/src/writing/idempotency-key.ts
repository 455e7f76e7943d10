import { problem } from '@flyloft/common';
import type { Request } from 'express';

const LONGEST = 255;

/** @throws {ProblemError} 400 for a key that is empty or too long (data-sets.md A8.20). */
export function idempotencyKeyOf(req: Request): string | undefined {
  const key = req.get('idempotency-key');
  if (key === undefined || (key !== '' && key.length <= LONGEST)) return key;
  throw problem('invalid_parameter', `An Idempotency-Key has 1 to ${LONGEST} characters`);
}
