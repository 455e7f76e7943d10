import { problem } from '@flyloft/common';
import { isCancelled } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { auditActing } from '../../audit.ts';
import { knownPerson } from '../../http/credentials.ts';
import { loadSchema, toLoadBody } from '../../loads/load-answers.ts';
import { type LoadsDependencies, ownLoad } from '../../loads/own-load.ts';

/** POST `/loads/{id}/cancel`: ends a load that has not ended; what was loaded before stays. */
export function cancelLoadEndpoint({ credentials, registry }: LoadsDependencies): Endpoint {
  return {
    method: 'post',
    path: '/loads/:id/cancel',
    tag: 'loads',
    summary: 'Cancel a load',
    description:
      'The load is over at once, and nothing of it will be published; its worker stops within seconds. Data that was loaded before stays. Cancelling again answers the same.',
    secured: true,
    request: { params: z.object({ id: z.string() }) },
    answers: {
      200: { description: 'The cancelled load', schema: loadSchema },
      401: { description: 'No good token' },
      404: { description: 'There is no such load, or not for the caller' },
      409: { description: 'The load has ended already' },
    },
    handlers: [
      credentials.needToken,
      async (req, res) => {
        const { id, requestedBy } = await ownLoad(registry, req, res);
        const load = await registry.cancelLoad(id, 'The load was cancelled');
        if (load === undefined) throw problem('not_found');
        if (!isCancelled(load)) throw problem('conflict', `The load has ended already: ${load.status}`);
        const entry = { owner: requestedBy, action: 'load.cancel', subject: id };
        await auditActing(registry, knownPerson(res), entry);
        res.set('Cache-Control', 'no-store').json(toLoadBody(load));
      },
    ],
  };
}
