import { problem } from '@flyloft/common';
import { type Endpoint, renderProblem } from '@flyloft/service-kit';
import { z } from 'zod';
import { administrator } from '../../authorisation/administrator.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { findByName } from './find-by-name.ts';
import { presentTransform, transformAnswerSchema } from './transform-schemas.ts';

export function getTransformsEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'get',
    path: '/data-sets/:name/transforms',
    tag: 'transforms',
    summary: 'Lists the transforms of a data set, and how each is doing',
    secured: true,
    request: { params: z.object({ name: z.string() }) },
    answers: {
      200: { description: 'The transforms, in their order', schema: transformAnswerSchema },
      401: { description: 'A token is missing or not valid' },
      404: { description: 'There is no data set of this name' },
      503: { description: 'The database does not answer' },
    },
    errors: renderProblem,
    handlers: [
      administrator(dependencies),
      async (req, res) => {
        const { dataSets } = dependencies;
        const found = await findByName(dataSets, req);
        if (found === undefined) throw problem('not_found', 'There is no data set of this name');
        res.json((await dataSets.transforms.list(found)).map(presentTransform));
      },
    ],
  };
}
