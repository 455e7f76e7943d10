import { problem, type TokenVerifier } from '@flyloft/common';
import type { Registry } from '@flyloft/registry';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { callerOf } from '../../http/credentials.ts';
import { formBody } from '../../http/json-body.ts';
import { parameterOf, requiredParameter } from '../../http/parameters.ts';

export interface PublishDependencies {
  readonly verifier: TokenVerifier;
  readonly registry: Registry;
}

const PRIVACY: Readonly<Record<string, 'public' | 'private' | 'toggle'>> = {
  true: 'public',
  false: 'private',
  toggle: 'toggle',
};

function answer({ verifier, registry }: PublishDependencies): RequestHandler {
  return async (req, res) => {
    const caller = await callerOf(req, verifier);
    if (caller.kind === 'missing') throw problem('permission_denied', 'The parameter "jwt" is missing');
    const wanted = parameterOf(req, 'publish')?.toLowerCase() ?? '';
    const privacy = Object.hasOwn(PRIVACY, wanted) ? PRIVACY[wanted] : undefined;
    if (privacy === undefined) throw problem('invalid_parameter', 'publish must be true, false or toggle');
    const id = requiredParameter(req, 'id');
    // The owner is in the id, so a stranger's answer does not depend on whether the package exists.
    if (caller.kind === 'refused' || !id.startsWith(`${caller.claims.userid}:`)) {
      res.json(null);
      return;
    }
    const registered = await registry.setPrivacy(id, privacy);
    if (registered === undefined) res.json({ success: false, error: `Failed to locate package ${id}` });
    else res.json({ success: true, published: !registered.private });
  };
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
      200: {
        description: '`null` when the token is not good or not the owner’s',
        schema: z
          .object({ success: z.boolean(), published: z.boolean().optional(), error: z.string().optional() })
          .nullable(),
      },
      400: { description: 'No `id`, or no such value of `publish`' },
      403: { description: 'No token' },
    },
    handlers: [formBody, answer(dependencies)],
  };
}
