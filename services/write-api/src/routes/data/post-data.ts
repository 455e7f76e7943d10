import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { enterByPair } from './enter.ts';
import { storeBody, uploadQuerySchema } from './store-upload.ts';
import { recordSchema, UPLOAD_ANSWERS, uploadHeadersSchema } from './write-answers.ts';

export function postDataEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/data/:data_group/:data_type',
    tag: 'data',
    summary: 'Stores records, all or nothing',
    description:
      'A JSON object or list of objects, NDJSON (`application/x-ndjson`), CSV (`text/csv`) or an Excel workbook (`application/vnd.openxmlformats-officedocument.spreadsheetml.sheet`), each also gzipped. A record replaces, whole, the record that has its _id.',
    secured: true,
    request: {
      params: z.object({ data_group: z.string(), data_type: z.string() }),
      query: uploadQuerySchema,
      headers: uploadHeadersSchema,
      body: { schema: z.union([recordSchema, z.array(recordSchema)]) },
    },
    answers: UPLOAD_ANSWERS,
    errors: renderBackdropError,
    handlers: [...enterByPair(dependencies), storeBody(dependencies, { status: 'ok' })],
  };
}
