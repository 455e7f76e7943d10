import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { READ_ANSWERS } from '../../http/common-answers.ts';
import { loadSchema, toLoadBody } from '../../loads/load-answers.ts';
import { type LoadsDependencies, ownLoad } from '../../loads/own-load.ts';

/** GET `/loads/{id}`: everything about a load, to whoever asked for it. */
export function showLoadEndpoint({ credentials, registry }: LoadsDependencies): Endpoint {
  return {
    method: 'get',
    path: '/loads/:id',
    tag: 'loads',
    summary: 'One load: status, phases with timings, error report',
    secured: true,
    request: { params: z.object({ id: z.string() }) },
    answers: {
      ...READ_ANSWERS,
      200: { description: 'The load', schema: loadSchema },
      401: { description: 'No good token' },
      404: { description: 'There is no such load, or not for the caller' },
    },
    handlers: [
      credentials.needToken,
      async (req, res) => {
        const load = await ownLoad(registry, req, res);
        res.set('Cache-Control', 'no-store').json(toLoadBody(load));
      },
    ],
  };
}
