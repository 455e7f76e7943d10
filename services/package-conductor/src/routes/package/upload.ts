import { problem } from '@flyloft/common';
import type { Load } from '@flyloft/registry';
import { type Endpoint, idempotencyHeaders } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { BODY_ANSWERS } from '../../http/common-answers.ts';
import type { Credentials } from '../../http/credentials.ts';
import { formBody } from '../../http/json-body.ts';
import { parameterOf, requiredParameter } from '../../http/parameters.ts';
import { statusSchema } from '../../loads/load-answers.ts';
import { queueLoad } from '../../loads/queue-load.ts';
import type { Relay } from '../../loads/relay.ts';
import { type LoadPlace, planLoad } from '../../loads/request-load.ts';

export interface UploadDependencies extends LoadPlace {
  readonly credentials: Credentials;
  readonly relay: Pick<Relay, 'kick'>;
}

const UNAUTHORIZED = { status: 'fail', error: 'unauthorized' };

const isTrue = (text: string | undefined) => /^(true|1)$/i.test(text ?? '');

const queued = ({ id }: Load) => ({ status: 'queued', progress: 0, load: id });

function answer(dependencies: UploadDependencies): RequestHandler {
  const { credentials, registry } = dependencies;
  return async (req, res) => {
    const datapackage = requiredParameter(req, 'datapackage');
    const force = isTrue(parameterOf(req, 'force'));
    const caller = await credentials.callerOf(req);
    if (caller.kind === 'missing') throw problem('permission_denied', 'The parameter "jwt" is missing');
    if (caller.kind === 'refused') {
      res.json(UNAUTHORIZED);
      return;
    }
    const { person } = caller;
    const planned = planLoad({ datapackage, person, force }, dependencies);
    if (planned.kind === 'unauthorized') res.json(UNAUTHORIZED);
    else if (planned.kind === 'refused') {
      // A row, so that whoever asks for the status of this address is told why.
      const { id, error, code } = await registry.createFailedLoad(planned.load, planned);
      res.json({ status: 'fail', error, code, load: id });
    } else {
      const { body } = await queueLoad(dependencies, {
        req,
        res,
        person,
        load: planned.load,
        answer: queued,
      });
      res.json(body);
    }
  };
}

/**
 * POST `/package/upload`: queues the load of an uploaded package. Whatever is wrong with it shows in its status:
 * os-packager looks at nothing else (packages.md B5).
 */
export function uploadEndpoint(dependencies: UploadDependencies): Endpoint {
  return {
    method: 'post',
    path: '/package/upload',
    tag: 'package',
    summary: 'Load an uploaded package',
    description: 'Follow the load with `/package/status`, or with `/loads/{id}` for more.',
    secured: true,
    request: {
      query: z.object({
        datapackage: z.string().describe('The `upload_url` of the descriptor, or its address elsewhere'),
        jwt: z.string().optional(),
        force: z.string().optional().describe('`true` loads the package although nothing changed'),
      }),
      headers: idempotencyHeaders,
    },
    answers: {
      ...BODY_ANSWERS,
      200: { description: '`queued`, or `fail` with an `error`', schema: statusSchema.partial() },
      400: { description: 'No `datapackage`' },
      403: { description: 'No token' },
      409: { description: 'A request with the same Idempotency-Key is being answered' },
      422: { description: 'The Idempotency-Key was used for another request' },
    },
    handlers: [formBody, answer(dependencies)],
  };
}
