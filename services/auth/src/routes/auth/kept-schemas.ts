import type { AnswerDescription } from '@flyloft/service-kit';
import { z } from 'zod';

/** Parameters that the kept endpoints share, for the OpenAPI document; a form may carry them too. */
export const keptQuery = z.object({
  jwt: z.string().optional().describe('The token, where no header carries it'),
  next: z.string().optional().describe('Where a sign-in leads back to'),
  strict: z.literal('1').optional().describe('Errors by status instead of 200 with the negative body'),
});

export const keptErrors: Readonly<Record<number, AnswerDescription>> = {
  400: { description: 'A repeated parameter, or two tokens that differ' },
  401: { description: 'strict=1: no token, or not a right one' },
  403: { description: 'strict=1: the token does not reach this' },
  429: { description: 'Too many wrong tokens from one address' },
};
