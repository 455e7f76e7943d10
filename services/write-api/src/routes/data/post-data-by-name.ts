import { type Endpoint, idempotencyHeaders } from '@flyloft/service-kit';
import { z } from 'zod';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderBackdropError } from '../../http/backdrop-errors.ts';
import { enterByName, isDataSetName } from './enter.ts';
import { storeBody, uploadQuerySchema } from './store-upload.ts';
import { UPLOAD_ANSWERS, uploadBody } from './write-answers.ts';

const SUCCESS = {
  status: 'ok',
  message:
    'Deprecation Warning: accessing by data-set name is deprecated, Please use the /data-group/data-type form',
};

export function postDataByNameEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/:data_set_name',
    tag: 'data',
    summary: 'Stores records by the name of the data set (deprecated)',
    description: 'As POST /data/{data_group}/{data_type}; no transforms are run.',
    secured: true,
    request: {
      params: z.object({ data_set_name: z.string() }),
      query: uploadQuerySchema,
      headers: idempotencyHeaders,
      body: uploadBody,
    },
    answers: UPLOAD_ANSWERS,
    direct: true,
    errors: renderBackdropError,
    matches: ({ params }) => isDataSetName(String(params.data_set_name)),
    handlers: [...enterByName(dependencies), storeBody(dependencies, SUCCESS)],
  };
}
