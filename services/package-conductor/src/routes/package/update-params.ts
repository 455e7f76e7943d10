import { problem } from '@flyloft/common';
import type { JsonObject, Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { auditActing } from '../../audit.ts';
import { BODY_ANSWERS } from '../../http/common-answers.ts';
import type { Credentials } from '../../http/credentials.ts';
import { jsonBody } from '../../http/json-body.ts';
import { isStorableText } from '../../http/parameters.ts';
import { onOwnPackage } from '../../packages/own-package.ts';

export interface UpdateParamsDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
}

const bodySchema = z.object({ params: z.string() });

function paramsOf(body: unknown): JsonObject {
  const { success, data } = bodySchema.safeParse(body);
  if (!success) throw problem('invalid_parameter', 'The body must be JSON with a text "params"');
  if (!isStorableText(data.params)) {
    throw problem('invalid_parameter', '"params" holds a null character or a broken one');
  }
  return data;
}

function paramsAskedFor(req: Request): JsonObject {
  const params = paramsOf(req.body);
  if (req.query.id === undefined) throw problem('invalid_parameter', 'The parameter "id" is missing');
  return params;
}

function handler({ credentials, registry }: UpdateParamsDependencies): RequestHandler {
  return onOwnPackage({
    credentials,
    read: paramsAskedFor,
    // Body, id, token: this order is part of the contract.
    readsFirst: true,
    answer: async ({ id, owner, person, parameters }) => {
      if ((await registry.setDefaultParams(id, parameters)) === undefined) return null;
      await auditActing(registry, person, { owner, action: 'package.update_params', subject: id });
      return { success: true };
    },
  });
}

/** POST `/package/update_params`: what a viewer shows first of one's own package. */
export function updateParamsEndpoint(dependencies: UpdateParamsDependencies): Endpoint {
  return {
    method: 'post',
    path: '/package/update_params',
    tag: 'package',
    summary: 'Set what a viewer shows first',
    description: 'The body is stored as `defaultParams` of the package and survives loading it again.',
    secured: true,
    request: {
      query: z.object({ id: z.string(), jwt: z.string().optional() }),
      body: { schema: bodySchema },
    },
    answers: {
      ...BODY_ANSWERS,
      200: {
        description: '`null` when the token is not good, not the owner’s, or there is no such package',
        schema: z.object({ success: z.literal(true) }).nullable(),
      },
      400: { description: 'No JSON body with a text `params`, or no `id`' },
      403: { description: 'No token' },
      413: { description: 'The body is larger than 100 kB' },
    },
    handlers: [jsonBody('100kb'), handler(dependencies)],
  };
}
