import type { Endpoint } from '@flyloft/service-kit';
import { prepareAggregate } from '@flyloft/warehouse';
import { answerQuery } from './answer-query.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { aggregateBody, aggregateQuery, asCsv, cubeParameters, queryRefusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';

export function getAggregate(dependencies: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3/cubes/:id/aggregate',
    summary: 'Sums a cube up, by the dimensions of the drilldown',
    request: { params: cubeParameters, query: aggregateQuery },
    answers: {
      200: { description: 'Cells and summary', schema: aggregateBody, otherForms: asCsv },
      ...queryRefusals,
    },
    handlers: [answerQuery(dependencies, (source, req) => prepareAggregate(source, req.query))],
  });
}
