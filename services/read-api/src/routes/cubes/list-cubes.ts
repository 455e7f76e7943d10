import { claimsOf } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import { startTiming } from '../../http/server-timing.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { okBody, refusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';

export function listCubes(dependencies: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3/cubes',
    summary: 'Names every public cube, and your own private ones',
    answers: { 200: { description: 'The names', schema: okBody }, 401: refusals[401] },
    handlers: [
      async (_req, res) => {
        const timing = startTiming(res);
        const owner = claimsOf(res)?.userid;
        const cubes = await dependencies.registry.listCubes(owner === undefined ? {} : { owner });
        timing.mark('authorise');
        res.setHeader('Cache-Control', owner === undefined ? 'public, no-cache' : 'private, no-cache');
        res.setHeader('Vary', 'Authorization');
        res.json({ status: 'ok', data: cubes.map(({ cube }) => ({ name: cube.id })) });
      },
    ],
  });
}
