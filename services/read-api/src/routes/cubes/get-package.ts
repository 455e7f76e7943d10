import { claimsOf } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { visiblePackage } from '../../cubes/visible.ts';
import { startTiming } from '../../http/server-timing.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { cubeParameters, refusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';
import { cachingHeaders } from './describe-answer.ts';

export function getPackage(dependencies: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3/info/:id/package',
    summary: "A package's descriptor, and where it came from",
    request: { params: cubeParameters },
    answers: {
      200: { description: 'The descriptor', schema: z.looseObject({ __origin_url: z.string() }) },
      ...refusals,
    },
    handlers: [
      async (req, res) => {
        const timing = startTiming(res);
        const found = await visiblePackage(dependencies.registry, String(req.params.id), claimsOf(res));
        timing.mark('authorise');
        res.set(cachingHeaders(found));
        res.json({ ...found.descriptor, __origin_url: found.originUrl });
      },
    ],
  });
}
