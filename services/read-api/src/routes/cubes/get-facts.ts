import type { Endpoint } from '@flyloft/service-kit';
import { prepareFacts } from '@flyloft/warehouse';
import type { RequestHandler } from 'express';
import { answerQuery } from './answer-query.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { asCsvOrNdjson, cubeParameters, factsBody, factsQuery, queryRefusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';
import { FACT_STREAMS, streamFacts } from './stream-facts.ts';

export function getFacts(dependencies: CubeDependencies): Endpoint[] {
  const page = answerQuery(dependencies, (source, req) => prepareFacts(source, req.query));
  const stream = streamFacts(dependencies, FACT_STREAMS.ndjson);
  const answer: RequestHandler = (req, res, next) =>
    (req.query.format === 'ndjson' && req.query.explain === undefined ? stream : page)(req, res, next);
  return cubeRoutes(dependencies, {
    path: '/api/3/cubes/:id/facts',
    summary: 'Lists the rows of a cube',
    request: { params: cubeParameters, query: factsQuery },
    answers: {
      200: {
        description: 'A page of facts; every fact of the cut with format=ndjson',
        schema: factsBody,
        otherForms: asCsvOrNdjson,
      },
      ...queryRefusals,
    },
    handlers: [answer],
  });
}
