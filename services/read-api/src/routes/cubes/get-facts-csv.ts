import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import type { CubeDependencies } from './cube-dependencies.ts';
import { cubeParameters, factsDownloadQuery, queryRefusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';
import { FACT_STREAMS, streamFacts } from './stream-facts.ts';

export function getFactsCsv(dependencies: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3/cubes/:id/facts.csv',
    summary: 'Downloads every fact of a cube, or of a cut, as CSV',
    request: { params: cubeParameters, query: factsDownloadQuery },
    answers: {
      200: { description: 'The facts', contentType: 'text/csv', schema: z.string() },
      ...queryRefusals,
    },
    handlers: [streamFacts(dependencies, FACT_STREAMS.csv)],
  });
}
