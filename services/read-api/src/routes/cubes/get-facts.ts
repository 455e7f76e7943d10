import type { Endpoint } from '@flyloft/service-kit';
import { prepareFacts } from '@flyloft/warehouse';
import { answerQuery } from './answer-query.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { cubeParameters, factsQuery, okBody, queryRefusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';

export function getFacts(dependencies: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3/cubes/:id/facts',
    summary: 'Lists the rows of a cube',
    request: { params: cubeParameters, query: factsQuery },
    answers: { 200: { description: 'A page of facts', schema: okBody }, ...queryRefusals },
    handlers: [answerQuery(dependencies, (source, req) => prepareFacts(source, req.query))],
  });
}
