import { problem } from '@flyloft/common';
import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { createOneTimeLink } from '../../links/one-time-link.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { noStore } from '../request-parts.ts';
import { adminErrors } from './admin-errors.ts';
import { holderOf, requireRight } from './require-right.ts';

const answerSchema = z.object({
  recovery_url: z.url().describe('Shown this once; the person sets a password there'),
  expires_at: z.iso.datetime(),
});

/** POST `/admin/users/:id/recovery`: a link for a person who cannot sign in, for the administrator to hand on. */
export function createRecoveryLinkEndpoint(sources: HolderSources, deps: SignInDependencies): Endpoint {
  const { accounts, users, origin, now } = deps;
  const handler: RequestHandler = async (req, res) => {
    const id = z.uuid().safeParse(req.params.id);
    const user = id.success ? await users.find(id.data) : undefined;
    if (user === undefined) throw problem('not_found', 'No person has this id');
    const { url, link } = createOneTimeLink('recovery', origin, now());
    const context = { actor: holderOf(res).user.id, requestId: requestIdOf(res) };
    await accounts.createLink(user.id, link, context);
    res.status(201).json({ recovery_url: url, expires_at: link.expiresAt.toISOString() });
  };
  return {
    method: 'post',
    path: '/admin/users/:id/recovery',
    tag: 'administration',
    summary: 'Make a recovery link for a person',
    secured: true,
    request: { params: z.object({ id: z.string() }) },
    answers: {
      201: { description: 'The link, shown this once', schema: answerSchema },
      401: adminErrors[401] ?? { description: '' },
      403: adminErrors[403] ?? { description: '' },
      404: { description: 'No person has this id' },
    },
    handlers: [noStore, requireRight(sources, { all: ['user:create:any'] }), handler],
  };
}
