import { type Endpoint, idempotencyHeaders } from '@flyloft/service-kit';
import { z } from 'zod';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { enterByPair } from './enter.ts';
import { storeBody, uploadQuerySchema } from './store-upload.ts';
import { UPLOAD_ANSWERS, uploadBody } from './write-answers.ts';

export function postDataEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/data/:data_group/:data_type',
    tag: 'data',
    summary: 'Stores records, all or nothing',
    description:
      'A JSON object or list of objects, NDJSON, CSV or an Excel workbook; each also with `Content-Encoding: gzip`. A record replaces, whole, the record that has its _id.',
    secured: true,
    request: {
      params: z.object({ data_group: z.string(), data_type: z.string() }),
      query: uploadQuerySchema,
      headers: idempotencyHeaders,
      body: uploadBody,
    },
    answers: UPLOAD_ANSWERS,
    direct: true,
    errors: renderBackdropError,
    handlers: [...enterByPair(dependencies), storeBody(dependencies, { status: 'ok' })],
  };
}
