import type { AnswerDescription } from '@flyloft/service-kit';
import { z } from 'zod';

const okSchema = z.object({ status: z.literal('ok'), message: z.string().optional() });

export const errorSchema = z.object({ status: z.literal('error'), message: z.string(), code: z.string() });

const placeSchema = z.object({
  record: z.int().optional().describe('Counted from 0'),
  row: z.int().optional().describe('CSV and Excel: counted from 1, the row of keys'),
  key: z.string().nullable(),
  code: z.string(),
  message: z.string(),
});

/** A refused batch (data-sets.md A8.11). */
const refusalSchema = z.object({
  messages: z.union([z.array(z.string()), z.string()]).describe('A text only for a record that is not there'),
  errors: z.array(placeSchema).optional().describe('The first 100'),
  errors_total: z.int().optional(),
});

/** A record as it is sent in JSON. */
export const recordSchema = z.record(z.string(), z.union([z.null(), z.boolean(), z.number(), z.string()]));

/** What every write to a data set may answer. */
export const WRITE_ANSWERS: Readonly<Record<number, AnswerDescription>> = {
  200: { description: 'Stored', schema: okSchema },
  400: {
    description: 'The body cannot be read, or a record is not valid; nothing was changed',
    schema: z.union([errorSchema, refusalSchema]),
  },
  401: { description: 'The token is missing or not that of this data set', schema: errorSchema },
  404: { description: 'There is no such data set', schema: errorSchema },
  413: { description: 'The body is too large', schema: errorSchema },
  429: { description: 'Too many requests; Retry-After tells when to come again', schema: errorSchema },
  503: { description: 'The database does not answer', schema: errorSchema },
  504: { description: 'The database takes too long', schema: errorSchema },
};

/** What an upload may answer besides. */
export const UPLOAD_ANSWERS: Readonly<Record<number, AnswerDescription>> = {
  ...WRITE_ANSWERS,
  409: { description: 'A request with the same Idempotency-Key is being stored', schema: errorSchema },
  422: {
    description:
      'The Idempotency-Key was used for another body, the file is beyond a limit, or the schema cannot be used',
    schema: errorSchema,
  },
};

export const uploadHeadersSchema = z.object({
  'Idempotency-Key': z
    .string()
    .max(255)
    .optional()
    .describe(
      'Kept for 24 hours: the same key and body get the first answer again, and nothing is stored twice',
    ),
});
