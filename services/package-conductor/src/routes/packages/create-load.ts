import { problem } from '@flyloft/common';
import { type Endpoint, idempotencyHeaders, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { BODY_ANSWERS } from '../../http/common-answers.ts';
import { knownPerson } from '../../http/credentials.ts';
import { jsonBody } from '../../http/json-body.ts';
import { isStorableText } from '../../http/parameters.ts';
import { loadSchema, toLoadBody } from '../../loads/load-answers.ts';
import { queueLoad } from '../../loads/queue-load.ts';
import { planLoad } from '../../loads/request-load.ts';
import { checkDescriptor, type DescriptorPlace } from '../../packages/check-descriptor.ts';
import type { UploadDependencies } from '../package/upload.ts';

export interface CreateLoadDependencies extends UploadDependencies, DescriptorPlace {}

const bodySchema = z.strictObject({
  datapackage: z
    .string()
    .min(1)
    .max(2_048)
    .refine(isStorableText, 'holds a null character or a broken one')
    .describe("The descriptor's address: its `upload_url`, or one elsewhere"),
  private: z.boolean().optional().describe('Of a first load; default true. A re-load keeps what is set'),
  force: z.boolean().optional().describe('Load although nothing changed'),
});

function answer(dependencies: CreateLoadDependencies): RequestHandler {
  return async (req, res) => {
    const body = validate(bodySchema, req.body, 'body');
    const { datapackage, force = false, private: wanted } = body;
    const person = knownPerson(res);
    const wish = wanted === undefined ? {} : { private: wanted };
    const planned = planLoad({ datapackage, person, force, ...wish }, dependencies);
    if (planned.kind === 'unauthorized') {
      throw problem('permission_denied', 'The files at this address belong to another owner');
    }
    if (planned.kind === 'refused') {
      const errors = [{ pointer: '/datapackage', detail: planned.error }];
      throw problem('invalid_parameter', planned.error, { errors });
    }
    await checkDescriptor(datapackage, dependencies);
    const queueing = { req, res, person, load: planned.load, answer: toLoadBody };
    const { loadId, body: load } = await queueLoad(dependencies, queueing);
    res.status(202).location(`/loads/${loadId}`).json(load);
  };
}

/** POST `/packages`: queues the load of a package, and answers where to follow it. */
export function createLoadEndpoint(dependencies: CreateLoadDependencies): Endpoint {
  return {
    method: 'post',
    path: '/packages',
    tag: 'packages',
    summary: 'Load a package',
    description:
      'While a load of the same address waits, that one is answered. The load is followed at its `Location`.',
    secured: true,
    request: { body: { schema: bodySchema }, headers: idempotencyHeaders },
    answers: {
      ...BODY_ANSWERS,
      202: { description: 'The load; its address is in `Location`', schema: loadSchema },
      400: {
        description:
          'The body is not valid, no package can be at this address, or its texts hold words that are not allowed',
      },
      401: { description: 'No good token' },
      403: { description: 'The files at this address belong to another owner' },
      409: { description: 'A request with the same Idempotency-Key is being answered' },
      422: { description: 'The Idempotency-Key was used for another request' },
    },
    handlers: [dependencies.credentials.needToken, jsonBody('100kb'), answer(dependencies)],
  };
}
