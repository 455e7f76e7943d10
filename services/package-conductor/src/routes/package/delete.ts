import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { auditActing } from '../../audit.ts';
import { BODY_ANSWERS } from '../../http/common-answers.ts';
import type { Credentials } from '../../http/credentials.ts';
import { formBody } from '../../http/json-body.ts';
import { onOwnPackage } from '../../packages/own-package.ts';

export interface DeleteDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
}

function handler({ credentials, registry }: DeleteDependencies): RequestHandler {
  return onOwnPackage({
    credentials,
    read: () => undefined,
    answer: async ({ id, owner, person }) => {
      const success = await registry.deletePackage(id);
      if (success) await auditActing(registry, person, { owner, action: 'package.delete', subject: id });
      return { success };
    },
  });
}

/** POST `/package/delete`: removes one's own package from the registry; its uploaded files stay. */
export function deleteEndpoint(dependencies: DeleteDependencies): Endpoint {
  return {
    method: 'post',
    path: '/package/delete',
    tag: 'package',
    summary: "Delete one's own package",
    description:
      'Its cubes are gone at once, its loads that have not ended are cancelled, and loading it again makes a new package. The uploaded files stay.',
    secured: true,
    request: { query: z.object({ id: z.string(), jwt: z.string().optional() }) },
    answers: {
      ...BODY_ANSWERS,
      200: {
        description:
          '`success` is false when there is none; `null` when the token is not good or not the owner’s',
        schema: z.object({ success: z.boolean() }).nullable(),
      },
      400: { description: 'No `id`' },
      403: { description: 'No token' },
    },
    handlers: [formBody, handler(dependencies)],
  };
}
