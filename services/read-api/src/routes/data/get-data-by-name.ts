import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { renderTaggedBackdropError } from '../../http/backdrop-errors.ts';
import { answerHandlers } from './answer-data.ts';
import type { DataDependencies } from './data-endpoints.ts';
import { dataAnswers, dataHeaders, dataQuerySchema } from './data-schemas.ts';
import { findDataSetByName } from './find-data-set.ts';

export function getDataByName(dependencies: DataDependencies): Endpoint {
  return {
    method: 'get',
    path: '/:data_set_name',
    tag: 'data',
    summary: 'Queries a data set by its name',
    request: {
      params: z.object({ data_set_name: z.string() }),
      query: dataQuerySchema,
      headers: dataHeaders,
    },
    secured: true,
    answers: dataAnswers,
    errors: renderTaggedBackdropError,
    handlers: answerHandlers(dependencies, (req, res) => findDataSetByName(dependencies, req, res)),
  };
}
