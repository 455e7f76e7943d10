import type { AnswerDescription, Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';

export const dataQuerySchema = z.object({
  start_at: z.string().optional().describe('First moment, YYYY-MM-DDTHH:MM:SS with Z or an offset'),
  end_at: z.string().optional().describe('First moment after the range'),
  period: z.enum(['hour', 'day', 'week', 'month', 'quarter', 'year']).optional(),
  duration: z.coerce.number().int().positive().optional().describe('Number of periods'),
  group_by: z.union([z.string(), z.array(z.string())]).optional(),
  collect: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('key, or key:method'),
  filter_by: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('key:value'),
  filter_by_prefix: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('key:prefix'),
  filter_by_range: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('key:low..high, numbers or dates, either end open, both ends included'),
  filter_by_not: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('key:value'),
  sort_by: z.string().optional().describe('key:ascending or key:descending'),
  limit: z.coerce.number().int().min(0).optional(),
  page: z.coerce.number().int().positive().optional().describe('Of raw records; the first is 1'),
  page_size: z.coerce.number().int().positive().optional().describe('Raw records of a page; default 100'),
  flatten: z.enum(['true', 'false']).optional(),
  inclusive: z.enum(['true', 'false']).optional(),
  format: z.string().optional().describe('csv, or ndjson: one row or record a line; else JSON'),
  safe: z
    .enum(['true', 'false'])
    .optional()
    .describe('CSV in which no text is a formula; default for browsers'),
});

export const notFoundAnswer: AnswerDescription = {
  description: 'There is no such data set',
};

export const badTokenAnswer: AnswerDescription = {
  description: 'The token is not valid; without one, what is public is answered',
};

export const unchangedAnswer: AnswerDescription = {
  description: 'The answer that the caller has is still right',
};

export const dataHeaders = z.object({
  'If-None-Match': z.string().optional().describe('The ETag of an answer that the caller has'),
  'X-Requested-With': z.string().optional().describe('XMLHttpRequest: JSON without indentation'),
});

export const dataAnswers: Endpoint['answers'] = {
  200: {
    description: 'The records or groups',
    schema: z.object({
      data: z.array(z.record(z.string(), z.unknown())),
      truncated: z.literal(true).optional(),
      warning: z.string().optional(),
    }),
    otherForms: {
      'text/csv': z.string().describe('With format=csv: a row for each element of data'),
      'application/x-ndjson': z.string().describe('With format=ndjson: a line for each element of data'),
    },
  },
  304: unchangedAnswer,
  400: { description: 'The query is not valid' },
  401: badTokenAnswer,
  404: notFoundAnswer,
  429: { description: 'The rate limit of the data set is reached' },
  503: { description: 'The database does not answer' },
  504: { description: 'The query took too long' },
};
