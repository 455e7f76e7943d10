import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { linkToHandOn, linkToMail } from '../../links/recovery-link.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { refuseHigher } from '../../users/user-administration.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf, personId } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { requireRight } from './require-right.ts';

const bodySchema = z.strictObject({
  mail: z.boolean().default(false).describe('True: mail the link to the person, and answer none'),
});
const answerSchema = z.object({
  recovery_url: z
    .url()
    .nullable()
    .describe('Shown this once; the person sets a password there. Null: it was mailed'),
  expires_at: z.iso.datetime(),
});

/** POST `/admin/users/:id/recovery`: a link for a person who cannot sign in, to be handed on or mailed. */
export function createRecoveryLinkEndpoint(sources: HolderSources, deps: SignInDependencies): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const body = validate(bodySchema, req.body ?? {}, 'body');
    const user = await deps.users.find(personId(req));
    if (user === undefined) throw problem('not_found', 'No person has this id');
    const actor = actorOf(res);
    // Who sets an administrator's password is one.
    refuseHigher(user, actor);
    const { url, link, mail } = body.mail ? linkToMail(deps, user.email, 'recovery') : linkToHandOn(deps);
    await deps.accounts.createLink(user.id, link, actor);
    await mail();
    res.status(201).json({ recovery_url: url, expires_at: link.expiresAt.toISOString() });
  };
  return {
    method: 'post',
    path: '/admin/users/:id/recovery',
    tag: 'administration',
    summary: 'Make a recovery link for a person',
    secured: true,
    request: { params: z.object({ id: z.string() }), body: { schema: bodySchema } },
    answers: {
      201: { description: 'The link, shown this once', schema: answerSchema },
      ...adminErrors,
      404: { description: 'No person has this id' },
      409: { description: 'It cannot be mailed' },
    },
    handlers: [noStore, requireRight(sources, { all: ['user:create:any'] }), ...jsonBody, handler],
  };
}
