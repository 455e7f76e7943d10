import type { Endpoint } from '@flyloft/service-kit';
import { prepareMembers } from '@flyloft/warehouse';
import { z } from 'zod';
import { answerQuery } from './answer-query.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { asCsv, cubeParameters, membersBody, membersQuery, queryRefusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';

export function getMembers(dependencies: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3/cubes/:id/members/:ref',
    summary: 'Lists the distinct values of a dimension or attribute',
    request: {
      params: cubeParameters.extend({ ref: z.string().describe('a dimension or attribute') }),
      query: membersQuery,
    },
    answers: {
      200: { description: 'A page of members', schema: membersBody, otherForms: asCsv },
      ...queryRefusals,
    },
    handlers: [
      answerQuery(dependencies, (source, req) => prepareMembers(source, String(req.params.ref), req.query)),
    ],
  });
}
