import { problem } from '@flyloft/common';
import type { JsonObject, RegisteredPackage, Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { auditActing } from '../../audit.ts';
import type { HookCaller } from '../../hooks/call-hook.ts';
import { BODY_ANSWERS } from '../../http/common-answers.ts';
import type { Credentials } from '../../http/credentials.ts';
import { formBody } from '../../http/json-body.ts';
import { requiredParameter } from '../../http/parameters.ts';
import { onOwnPackage } from '../../packages/own-package.ts';

export interface RunHooksDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
  readonly hooks: HookCaller;
}

const NOT_ALLOWED = 'Hooks at this address are not allowed: its origin is not in HOOK_ALLOWED_ORIGINS';

/** Where the editable descriptor is: what the original made of it lay beside it, under `final/`. */
function payloadOf({ originUrl }: RegisteredPackage): JsonObject {
  return {
    '@context': { url: { '@id': 'http://schema.org/url', '@type': '@id' } },
    url: originUrl.replace(/\/final\/datapackage\.json$/, '/datapackage.json'),
  };
}

function goneSignal(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once('close', () => controller.abort());
  return controller.signal;
}

function handler({ credentials, registry, hooks }: RunHooksDependencies): RequestHandler {
  return onOwnPackage({
    credentials,
    read: (req) => requiredParameter(req, 'pipeline'),
    answer: async ({ id, owner, person, parameters: pipeline }, res) => {
      const registered = await registry.findPackage(id);
      if (registered === undefined) throw problem('invalid_parameter', `There is no package ${id}`);
      const payload = payloadOf(registered);
      if (!hooks.isAllowed(pipeline)) return { success: false, error: NOT_ALLOWED, payload };
      await auditActing(registry, person, { owner, action: 'package.run_hooks', subject: id });
      const request = { packageId: id, requestedBy: person.userid, pipeline, payload };
      const { status, response, error } = await hooks.call(request, goneSignal(res));
      return status === 'done'
        ? { success: true, response: response ?? '', payload }
        : { success: false, error: error ?? 'The pipeline failed', payload };
    },
  });
}

/** POST `/package/run-hooks`: tells an allowed program outside where a package is. */
export function runHooksEndpoint(dependencies: RunHooksDependencies): Endpoint {
  return {
    method: 'post',
    path: '/package/run-hooks',
    tag: 'package',
    summary: 'Have a program outside process a package',
    description:
      'The program at `pipeline` gets a multipart POST with the file `package-url.jsonld`, from the worker. Only origins that the operator allows are called.',
    secured: true,
    request: {
      query: z.object({
        id: z.string(),
        pipeline: z.string().describe('The address to call'),
        jwt: z.string().optional(),
      }),
    },
    answers: {
      ...BODY_ANSWERS,
      200: {
        description: '`null` when the token is not good or not the owner’s',
        schema: z
          .object({
            success: z.boolean(),
            response: z.string().optional().describe('What the program answered'),
            error: z.string().optional(),
            payload: z.looseObject({ url: z.string() }),
          })
          .nullable(),
      },
      400: { description: 'No `id` or `pipeline`, or no such package' },
      403: { description: 'No token' },
      503: { description: 'The queue is not available' },
    },
    handlers: [formBody, handler(dependencies)],
  };
}
