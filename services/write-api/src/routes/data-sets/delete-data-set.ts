import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { administrator, usesStaticToken } from '../../authorisation/administrator.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { renderDeletionError } from '../../http/backdrop-errors.ts';
import { sendOutcome } from '../../http/send-outcome.ts';
import { findByName } from './find-by-name.ts';

const querySchema = z.strictObject({ keep: z.literal('config').optional() });

/** With the static token, or `keep=config`, the records alone go, as in the original (data-sets.md A2). */
function deleteDataSet({ dataSets }: WriteDependencies): RequestHandler {
  return async (req, res) => {
    const { keep } = validate(querySchema, req.query, 'parameters');
    const dataSet = await findByName(dataSets, req);
    const keepsConfiguration = keep === 'config' || usesStaticToken(res);
    const isDeleted =
      dataSet !== undefined &&
      (keepsConfiguration ? await dataSets.store.drop(dataSet) : await dataSets.catalogue.remove(dataSet));
    if (!isDeleted) throw problem('not_found', `No collection exists with name "${req.params.name}"`);
    sendOutcome(req, res, 200, { status: 'ok', message: `Deleted ${dataSet.name}` });
  };
}

export function deleteDataSetEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'delete',
    path: '/data-sets/:name',
    tag: 'data sets',
    summary: 'Deletes the records of a data set, and its configuration',
    secured: true,
    request: { params: z.object({ name: z.string() }), query: querySchema },
    answers: {
      200: { description: 'Deleted', schema: z.object({ status: z.literal('ok'), message: z.string() }) },
      400: { description: 'A parameter is not valid' },
      401: { description: 'A token is missing or not valid' },
      403: { description: 'The token lacks the permission `admin`' },
      404: { description: 'There is nothing to delete' },
      503: { description: 'The database does not answer' },
    },
    errors: renderDeletionError,
    handlers: [administrator(dependencies, { all: ['admin'] }), deleteDataSet(dependencies)],
  };
}
