import type { Endpoint } from '@flyloft/service-kit';
import { startTiming } from '../../http/server-timing.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { okBody, refusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';

export function getIndex(dependencies: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3',
    summary: 'Says that the cube API is up, and where its cubes are',
    answers: { 200: { description: 'The API', schema: okBody }, 401: refusals[401] },
    handlers: [
      (req, res) => {
        startTiming(res).mark('serialise');
        res.json({
          status: 'ok',
          api: 'babbage',
          message: 'Flyloft answers the babbage API.',
          cubes_index_url: `${req.protocol}://${req.get('host')}/api/3/cubes/`,
          version: '0.1.0',
        });
      },
    ],
  });
}
