import { claimsOf, problem, type TokenVerifier } from '@flyloft/common';
import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { needToken } from '../../http/credentials.ts';
import { loadSchema, toLoadBody } from '../../loads/load-answers.ts';

export interface ShowLoadDependencies {
  readonly verifier: TokenVerifier;
  readonly registry: Registry;
}

/** GET `/loads/{id}`: everything about a load, to whoever asked for it. */
export function showLoadEndpoint({ verifier, registry }: ShowLoadDependencies): Endpoint {
  return {
    method: 'get',
    path: '/loads/:id',
    tag: 'loads',
    summary: 'One load: status, phases with timings, error report',
    secured: true,
    request: { params: z.object({ id: z.string() }) },
    answers: {
      200: { description: 'The load', schema: loadSchema },
      401: { description: 'No good token' },
      404: { description: 'There is no such load, or not for the caller' },
    },
    handlers: [
      needToken(verifier),
      async (req, res) => {
        const load = await registry.findLoad(String(req.params.id));
        if (load === undefined || load.requestedBy !== claimsOf(res)?.userid) throw problem('not_found');
        res.set('Cache-Control', 'no-store').json(toLoadBody(load));
      },
    ],
  };
}
