import { problem } from '@flyloft/common';
import { generateBearerToken, hashToken } from '@flyloft/data-sets';
import { type Endpoint, renderProblem, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { administrator } from '../../authorisation/administrator.ts';
import { configurationSchema, presentConfiguration } from '../../configurations/configuration.ts';
import type { WriteDependencies } from '../../dependencies.ts';
import { findByName } from './find-by-name.ts';

const THIRTY_DAYS = 30 * 24 * 3_600;

const querySchema = z.strictObject({
  grace: z.coerce
    .number()
    .int()
    .min(0)
    .max(THIRTY_DAYS)
    .default(0)
    .describe('For how many seconds the token before this one works as well'),
});

const rotatedSchema = configurationSchema.extend({ bearer_token: z.string().describe('Shown this once') });

function rotateToken({ dataSets }: WriteDependencies): RequestHandler {
  return async (req, res) => {
    const { grace } = validate(querySchema, req.query, 'parameters');
    const found = await findByName(dataSets, req);
    const token = generateBearerToken();
    const previousUntil = grace === 0 ? null : new Date(Date.now() + grace * 1000);
    const rotation = { tokenHash: hashToken(token), previousUntil };
    const rotated = found && (await dataSets.catalogue.rotateToken(found, rotation));
    if (rotated === undefined) throw problem('not_found', 'There is no data set of this name');
    res.set('Cache-Control', 'no-store').json({ ...presentConfiguration(rotated), bearer_token: token });
  };
}

export function rotateTokenEndpoint(dependencies: WriteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/data-sets/:name/rotate-token',
    tag: 'data sets',
    summary: 'Makes a new bearer token for a data set',
    secured: true,
    request: { params: z.object({ name: z.string() }), query: querySchema },
    answers: {
      200: { description: 'The configuration with the new token', schema: rotatedSchema },
      400: { description: 'A parameter is not valid' },
      401: { description: 'A token is missing or not valid' },
      403: { description: 'The token lacks the permission `admin`' },
      404: { description: 'There is no data set of this name' },
      503: { description: 'The database does not answer' },
    },
    errors: renderProblem,
    handlers: [administrator(dependencies, { all: ['admin'] }), rotateToken(dependencies)],
  };
}
