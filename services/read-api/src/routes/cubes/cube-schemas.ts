import type { AnswerDescription } from '@flyloft/service-kit';
import { z } from 'zod';

const text = (description: string) => z.string().optional().describe(description);

export const cubeParameters = z.object({ id: z.string().describe('<owner>:<name>, or with :<resource>') });

const cut = text(
  'Conditions that all hold, separated by |: ref:value, ref:"a";"b" (one of), ref!:value, ref:[low..high], ref:null()',
);
const jwt = text('A service token, where a header cannot be sent');
const safe = text(
  '1: text that a spreadsheet would run is made harmless in CSV, the default for browsers; else 0',
);
const fields = text('refs, separated by commas; default all');

const common = {
  cut,
  order: text('ref:desc,ref2'),
  page: text('1-based'),
  pagesize: text('0 to 10000, default 100'),
  format: text('json or csv; facts also ndjson, which streams every fact of the cut'),
  safe,
  count: text('false: without the number of all rows'),
  explain: text("true: the query's statements and plans instead of its answer, for the owner"),
  jwt,
};

export const aggregateQuery = z.object({
  ...common,
  drilldown: text('dimensions or attributes, separated by |'),
  aggregates: text('aggregates, separated by |; default all of the model'),
  summary: text('false: without the summary'),
});

export const factsQuery = z.object({ ...common, fields });

export const factsDownloadQuery = z.object({ cut, fields, order: common.order, safe, jwt });

export const membersQuery = z.object({ ...common, q: text('a part of key or label, in any case') });

const error = (description: string): AnswerDescription => ({ description });

export const refusals = {
  401: error('The token is not valid here'),
  404: error('There is no such cube, or it is not shown to you'),
} as const;

export const queryRefusals = {
  ...refusals,
  304: { description: 'The answer is the one that you have' },
  400: error('The query is not valid; the context names the parameter'),
  403: error('Only the owner of a cube may ask how its queries are run'),
  503: error('The query has no turn or not the memory it needs; Retry-After says when to ask again'),
  504: error('The query took too long'),
} as const;

export const okBody = z.looseObject({ status: z.literal('ok') });

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const row = z.record(z.string(), value);
const cell = z.object({
  ref: z.string(),
  operator: z.enum([':', '!:', '[]', 'null']),
  value: z.array(value),
});
const paged = {
  order: z.array(z.tuple([z.string(), z.enum(['asc', 'desc'])])),
  page: z.number().int(),
  page_size: z.number().int(),
  status: z.literal('ok'),
};
const explained = z.object({
  status: z.literal('ok'),
  explain: z.array(z.object({ sql: z.string(), parameters: z.array(value), plan: z.string() })),
});

export const aggregateBody = z.union([
  z.object({
    total_cell_count: z.number().int().optional(),
    cells: z.array(row),
    summary: row.optional(),
    cell: z.array(cell),
    aggregates: z.array(z.string()),
    attributes: z.array(z.string()),
    ...paged,
  }),
  explained,
]);

export const factsBody = z.union([
  z.object({
    total_fact_count: z.number().int().optional(),
    data: z.array(row),
    cell: z.string().nullable(),
    fields: z.array(z.string()),
    ...paged,
  }),
  explained,
]);

export const membersBody = z.union([
  z.object({
    total_member_count: z.number().int().optional(),
    data: z.array(row),
    cell: z.array(cell),
    fields: z.array(z.string()),
    ...paged,
  }),
  explained,
]);

/** The same rows in other forms than JSON. */
export const asCsv = { 'text/csv': z.string().describe('With format=csv: the rows of the page') };
export const asCsvOrNdjson = {
  ...asCsv,
  'application/x-ndjson': z.string().describe('With format=ndjson: a line for each fact of the cut'),
};
