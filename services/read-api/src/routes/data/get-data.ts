import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { renderTaggedBackdropError } from '../../http/backdrop-errors.ts';
import { answerHandlers } from './answer-data.ts';
import type { DataDependencies } from './data-endpoints.ts';
import { dataAnswers, dataHeaders, dataQuerySchema } from './data-schemas.ts';
import { findDataSetByPair } from './find-data-set.ts';

export function getData(dependencies: DataDependencies): Endpoint {
  return {
    method: 'get',
    path: '/data/:data_group/:data_type',
    tag: 'data',
    summary: 'Queries a data set by group and type',
    request: {
      params: z.object({ data_group: z.string(), data_type: z.string() }),
      query: dataQuerySchema,
      headers: dataHeaders,
    },
    secured: true,
    answers: dataAnswers,
    errors: renderTaggedBackdropError,
    handlers: answerHandlers(dependencies, (req, res) => findDataSetByPair(dependencies, req, res)),
  };
}
