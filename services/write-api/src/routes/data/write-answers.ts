import { backdropErrorForm } from '@flyloft/data-sets-service';
import type { AnswerDescription } from '@flyloft/service-kit';
import { z } from 'zod';

const okSchema = z.object({ status: z.literal('ok'), message: z.string().optional() });

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

const stream = (description: string) => z.string().describe(`${description}, also gzipped`);

/** The forms in which records are taken, the same for both forms of address (data-sets.md A3). */
export const uploadBody = {
  schema: z.union([recordSchema, z.array(recordSchema)]),
  otherForms: {
    'application/x-ndjson': stream('A record a line'),
    'text/csv': stream('UTF-8, the first row has the keys'),
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': stream('An Excel workbook'),
  },
};

/** What every write to a data set may answer. */
export const WRITE_ANSWERS: Readonly<Record<number, AnswerDescription>> = {
  200: { description: 'Stored', schema: okSchema },
  400: {
    description: 'The body cannot be read, or a record is not valid; nothing was changed',
    schema: z.union([backdropErrorForm.schema, refusalSchema]),
  },
  401: { description: 'The token is missing or not that of this data set' },
  404: { description: 'There is no such data set' },
  413: { description: 'The body is too large' },
  429: { description: 'Too many requests; Retry-After tells when to come again' },
  503: { description: 'The database does not answer' },
  504: { description: 'The database takes too long' },
};

/** What an upload may answer besides. */
export const UPLOAD_ANSWERS: Readonly<Record<number, AnswerDescription>> = {
  ...WRITE_ANSWERS,
  409: { description: 'A request with the same Idempotency-Key is being stored' },
  422: {
    description:
      'The Idempotency-Key was used for another body, the file is beyond a limit, or the schema cannot be used',
  },
};
