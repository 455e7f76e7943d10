import { claimsOf } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import { presentModel } from '@flyloft/warehouse';
import { modelOfCube } from '../../cubes/cube-source.ts';
import { visibleCube } from '../../cubes/visible.ts';
import { startTiming } from '../../http/server-timing.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { cubeParameters, okBody, refusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';
import { cachingHeaders } from './describe-answer.ts';

export function getModel(dependencies: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3/cubes/:id/model',
    summary: "A cube's model: measures, dimensions, aggregates and hierarchies",
    request: { params: cubeParameters },
    answers: { 200: { description: 'The model', schema: okBody }, ...refusals },
    handlers: [
      async (req, res) => {
        const timing = startTiming(res);
        const found = await visibleCube(dependencies.registry, String(req.params.id), claimsOf(res));
        timing.mark('authorise');
        res.set(cachingHeaders(found.package));
        const model = presentModel(modelOfCube(found.cube));
        timing.mark('serialise');
        res.json({ status: 'ok', name: found.cube.id, model });
      },
    ],
  });
}
