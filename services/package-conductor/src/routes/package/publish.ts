import { problem } from '@flyloft/common';
import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { auditActing } from '../../audit.ts';
import { BODY_ANSWERS } from '../../http/common-answers.ts';
import type { Credentials } from '../../http/credentials.ts';
import { formBody } from '../../http/json-body.ts';
import { parameterOf } from '../../http/parameters.ts';
import { onOwnPackage } from '../../packages/own-package.ts';

export interface PublishDependencies {
  readonly credentials: Credentials;
  readonly registry: Registry;
}

const PRIVACY: Readonly<Record<string, 'public' | 'private' | 'toggle'>> = {
  true: 'public',
  false: 'private',
  toggle: 'toggle',
};

function privacyOf(req: Request): 'public' | 'private' | 'toggle' {
  const wanted = parameterOf(req, 'publish')?.toLowerCase() ?? '';
  const privacy = Object.hasOwn(PRIVACY, wanted) ? PRIVACY[wanted] : undefined;
  if (privacy === undefined) throw problem('invalid_parameter', 'publish must be true, false or toggle');
  return privacy;
}

function handler({ credentials, registry }: PublishDependencies): RequestHandler {
  return onOwnPackage({
    credentials,
    read: privacyOf,
    answer: async ({ id, owner, person, parameters: privacy }) => {
      const registered = await registry.setPrivacy(id, privacy);
      if (registered === undefined) return { success: false, error: `Failed to locate package ${id}` };
      await auditActing(registry, person, { owner, action: 'package.publish', subject: id });
      return { success: true, published: !registered.private };
    },
  });
}

/** POST `/package/publish`: makes one's own package public or private. */
export function publishEndpoint(dependencies: PublishDependencies): Endpoint {
  return {
    method: 'post',
    path: '/package/publish',
    tag: 'package',
    summary: "Make one's own package public or private",
    secured: true,
    request: {
      query: z.object({
        id: z.string(),
        publish: z.string().describe('`true`, `false` or `toggle`, in any case'),
        jwt: z.string().optional(),
      }),
    },
    answers: {
      ...BODY_ANSWERS,
      200: {
        description: '`null` when the token is not good or not the owner’s',
        schema: z
          .object({ success: z.boolean(), published: z.boolean().optional(), error: z.string().optional() })
          .nullable(),
      },
      400: { description: 'No `id`, or no such value of `publish`' },
      403: { description: 'No token' },
    },
    handlers: [formBody, handler(dependencies)],
  };
}
