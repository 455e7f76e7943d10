import type { AnswerDescription } from '@flyloft/service-kit';
import { z } from 'zod';

const text = (description: string) => z.string().optional().describe(description);

export const cubeParameters = z.object({ id: z.string().describe('<owner>:<name>, or with :<resource>') });

const common = {
  cut: text('ref:value|ref:[low..high]|ref!:value|ref:null()'),
  order: text('ref:desc,ref2'),
  page: text('1-based'),
  pagesize: text('0 to 10000, default 100'),
  format: text('json or csv'),
  safe: text('1: text that a spreadsheet would run is made harmless in CSV'),
  jwt: text('A service token, where a header cannot be sent'),
};

export const aggregateQuery = z.object({
  ...common,
  drilldown: text('dimensions or attributes, separated by |'),
  aggregates: text('aggregates, separated by |; default all of the model'),
  summary: text('false: without the summary'),
  count: text('false: without the number of cells'),
});

export const factsQuery = z.object({ ...common, fields: text('refs, separated by commas; default all') });

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
  503: error('The query needs more memory than there is'),
  504: error('The query took too long'),
} as const;

export const okBody = z.looseObject({ status: z.literal('ok') });
