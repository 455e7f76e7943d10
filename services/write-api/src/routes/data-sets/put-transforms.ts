import { ProblemError, problem } from '@flyloft/common';
import {
  type DataSet,
  type DataSets,
  findLoop,
  outputPair,
  planTransform,
  type TransformDefinition,
} from '@flyloft/data-sets';
import { type Endpoint, renderProblem, validate } from '@flyloft/service-kit';
import express, { type RequestHandler } from 'express';
import { z } from 'zod';
import { administrator } from '../../authorisation/administrator.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { findByName } from './find-by-name.ts';
import { presentTransform, transformAnswerSchema, transformListSchema } from './transform-schemas.ts';

const NO_QUEUE =
  'This write-api has no queue, so no worker would run transforms: give it REDIS_URL or DATABASE_URL';

/** Every transform as a whole, with the place of what is wrong. */
function checkDefinitions(definitions: readonly TransformDefinition[], input: DataSet): void {
  const errors = definitions.flatMap((definition, index) => {
    try {
      planTransform(definition, input);
      return [];
    } catch (error) {
      if (error instanceof ProblemError) return [{ pointer: `/${index}`, detail: error.message }];
      throw error;
    }
  });
  if (errors.length > 0) throw problem('invalid_parameter', errors[0]?.detail, { errors });
}

async function checkLoops(
  { transforms }: DataSets,
  definitions: readonly TransformDefinition[],
  input: DataSet,
): Promise<void> {
  const own = definitions.map((definition) => ({ from: input, to: outputPair(definition, input) }));
  const loop = findLoop(input, [...own, ...(await transforms.edges(input))]);
  if (loop !== undefined) {
    throw problem('invalid_parameter', `The data set would feed itself: ${loop.join(' → ')}`);
  }
}

function putTransforms({ dataSets, callTransforms }: WriteDependencies): RequestHandler {
  return async (req, res) => {
    const input = await findByName(dataSets, req);
    if (input === undefined) throw problem('not_found', 'There is no data set of this name');
    const definitions = validate(transformListSchema, req.body, 'body');
    if (definitions.length > 0 && callTransforms === undefined) throw problem('unprocessable', NO_QUEUE);
    checkDefinitions(definitions, input);
    await checkLoops(dataSets, definitions, input);
    await dataSets.transforms.replace(input, definitions);
    res.json((await dataSets.transforms.list(input)).map(presentTransform));
  };
}

export function putTransformsEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'put',
    path: '/data-sets/:name/transforms',
    tag: 'transforms',
    summary: 'Replaces the transforms of a data set',
    description:
      'Functions: rate, user_satisfaction, latest_dataset_value, latest_transaction_explorer_values, aggregate; also under the dotted names of Backdrop.',
    secured: true,
    request: { params: z.object({ name: z.string() }), body: { schema: transformListSchema } },
    answers: {
      200: { description: 'The transforms as they are now', schema: transformAnswerSchema },
      400: { description: 'A transform is not valid, or the data set would feed itself' },
      401: { description: 'A token is missing or not valid' },
      403: { description: 'The token lacks the permission `admin`' },
      404: { description: 'There is no data set of this name' },
      413: { description: 'The body is too large' },
      415: { description: 'The charset or the encoding of the body is not known' },
      422: { description: 'This write-api has no queue' },
      503: { description: 'The database does not answer' },
    },
    errors: renderProblem,
    handlers: [
      administrator(dependencies, { all: ['admin'] }),
      express.json({ limit: '256kb', strict: false }),
      putTransforms(dependencies),
    ],
  };
}
