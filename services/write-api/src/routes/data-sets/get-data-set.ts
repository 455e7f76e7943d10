import { problem } from '@flyloft/common';
import { type Endpoint, renderProblem } from '@flyloft/service-kit';
import { z } from 'zod';
import { administrator } from '../../authorisation/administrator.ts';
import { configurationSchema, presentConfiguration } from '../../configurations/configuration.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { findByName } from './find-by-name.ts';

export function getDataSetEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'get',
    path: '/data-sets/:name',
    tag: 'data sets',
    summary: 'Tells the configuration of a data set',
    secured: true,
    request: { params: z.object({ name: z.string() }) },
    answers: {
      200: { description: 'The configuration, without token', schema: configurationSchema },
      401: { description: 'A token is missing or not valid' },
      404: { description: 'There is no data set of this name' },
      503: { description: 'The database does not answer' },
    },
    errors: renderProblem,
    handlers: [
      administrator(dependencies),
      async (req, res) => {
        const found = await findByName(dependencies.dataSets, req);
        if (found === undefined) throw problem('not_found', 'There is no data set of this name');
        res.json(presentConfiguration(found));
      },
    ],
  };
}
