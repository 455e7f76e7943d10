import { problem, type TokenVerifier } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { callerOf } from '../../http/credentials.ts';
import { formBody } from '../../http/json-body.ts';
import { parameterOf, requiredParameter } from '../../http/parameters.ts';
import { statusSchema } from '../../loads/load-answers.ts';
import type { Relay } from '../../loads/relay.ts';
import { type LoadPlace, requestLoad } from '../../loads/request-load.ts';

export interface UploadDependencies extends LoadPlace {
  readonly verifier: TokenVerifier;
  readonly relay: Pick<Relay, 'kick'>;
}

const UNAUTHORIZED = { status: 'fail', error: 'unauthorized' };

const isTrue = (text: string | undefined) => /^(true|1)$/i.test(text ?? '');

function answer(dependencies: UploadDependencies): RequestHandler {
  return async (req, res) => {
    const datapackage = requiredParameter(req, 'datapackage');
    const force = isTrue(parameterOf(req, 'force'));
    const caller = await callerOf(req, dependencies.verifier);
    if (caller.kind === 'missing') throw problem('permission_denied', 'The parameter "jwt" is missing');
    if (caller.kind === 'refused') {
      res.json(UNAUTHORIZED);
      return;
    }
    const requested = await requestLoad({ datapackage, userid: caller.claims.userid, force }, dependencies);
    if (requested.kind === 'unauthorized') res.json(UNAUTHORIZED);
    else if (requested.kind === 'failed') {
      const { id, error, code } = requested.load;
      res.json({ status: 'fail', error, code, load: id });
    } else {
      // The row is there, whatever happens to the queue now.
      dependencies.relay.kick();
      res.json({ status: 'queued', progress: 0, load: requested.load.id });
    }
  };
}

/** POST `/package/upload`: queues the load of an uploaded package. */
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
        datapackage: z.string().describe('The `upload_url` of the descriptor'),
        jwt: z.string().optional(),
        force: z.string().optional().describe('`true` loads the package although nothing changed'),
      }),
    },
    answers: {
      200: { description: '`queued`, or `fail` with an `error`', schema: statusSchema.partial() },
      400: { description: 'No `datapackage`' },
      403: { description: 'No token' },
    },
    handlers: [formBody, answer(dependencies)],
  };
}
