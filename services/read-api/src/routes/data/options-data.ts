import { getStatus } from '@flyloft/data-sets-service';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { identifyReader } from '../../authorisation/reader.ts';
import { renderTaggedBackdropError } from '../../http/backdrop-errors.ts';
import { answerOptions } from './answer-data.ts';
import type { DataDependencies } from './data-endpoints.ts';
import { badTokenAnswer, notFoundAnswer, unchangedAnswer } from './data-schemas.ts';
import { findDataSetByName, findDataSetByPair } from './find-data-set.ts';

export function optionsData(
  dependencies: DataDependencies,
  path: '/data/:data_group/:data_type' | '/:data_set_name',
): Endpoint {
  const isByName = path === '/:data_set_name';
  const names = isByName ? ['data_set_name'] : ['data_group', 'data_type'];
  return {
    method: 'options',
    path,
    // A path of its own, whose methods are told by itself (data-sets.md 1.1).
    matches: (req) => req.path !== getStatus.path,
    tag: 'data',
    summary: 'Says how a data set may be queried from another site',
    request: { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) },
    answers: {
      200: { description: 'The allowed methods and headers' },
      304: unchangedAnswer,
      401: badTokenAnswer,
      404: notFoundAnswer,
    },
    errors: renderTaggedBackdropError,
    handlers: [
      identifyReader(dependencies.dataSetsVerifier),
      async (req, res) => {
        await (isByName
          ? findDataSetByName(dependencies, req, res)
          : findDataSetByPair(dependencies, req, res));
        answerOptions(req, res);
      },
    ],
  };
}
