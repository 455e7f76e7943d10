import { problem } from '@flyloft/common';
import type { DataSet, DataSets } from '@flyloft/data-sets';
import { type Endpoint, renderProblem, validate } from '@flyloft/service-kit';
import { z } from 'zod';
import { administrator } from '../../authorisation/administrator.ts';
import { configurationSchema, presentConfiguration } from '../../configurations/configuration.ts';
import type { WriteDependencies } from '../../dependencies.ts';

const querySchema = z.strictObject({
  'data-group': z.string().optional(),
  'data-type': z.string().optional(),
});

async function select({ catalogue }: DataSets, query: z.output<typeof querySchema>): Promise<DataSet[]> {
  const { 'data-group': dataGroup, 'data-type': dataType } = query;
  if (dataGroup === undefined && dataType === undefined) return catalogue.list();
  if (dataGroup === undefined || dataType === undefined) {
    throw problem('invalid_parameter', 'data-group and data-type are given together, or neither');
  }
  // What an engine cannot hold names no data set.
  if (`${dataGroup}${dataType}`.includes('\0')) return [];
  const found = await catalogue.findByPair({ dataGroup, dataType });
  return found ? [found] : [];
}

export function listDataSetsEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'get',
    path: '/data-sets',
    tag: 'data sets',
    summary: 'Lists data sets, or the one of a group and type',
    secured: true,
    request: { query: querySchema },
    answers: {
      200: { description: 'Configurations, without tokens', schema: z.array(configurationSchema) },
      400: { description: 'A parameter is not valid' },
      401: { description: 'A token is missing or not valid' },
      503: { description: 'The database does not answer' },
    },
    errors: renderProblem,
    handlers: [
      administrator(dependencies),
      async (req, res) => {
        const found = await select(dependencies.dataSets, validate(querySchema, req.query, 'parameters'));
        res.json(found.map(presentConfiguration));
      },
    ],
  };
}
