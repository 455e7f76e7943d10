import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { HolderSources } from '../../tokens/holder.ts';
import type { Directory } from '../../users/directory.ts';
import { refuseHigher } from '../../users/user-administration.ts';
import type { UserStore } from '../../users/user-store.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf, personId } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { requireRight } from './require-right.ts';

const bodySchema = z.strictObject({
  mail: z.boolean().default(false).describe('True: mail the link to the person, and answer none'),
  by: z
    .enum(['link', 'code'])
    .default('link')
    .describe('`code`: a link at which a code is to be typed in, for people who sign in at Ory Kratos'),
});
const answerSchema = z.object({
  recovery_url: z
    .url()
    .nullable()
    .describe('Shown this once; the person sets a password there. Null: it was mailed'),
  recovery_code: z.string().nullable().describe('To be typed in at the link; null: the link is enough'),
  expires_at: z.iso.datetime(),
});

/** POST `/admin/users/:id/recovery`: a link for a person who cannot sign in, to be handed on or mailed. */
export function createRecoveryLinkEndpoint(
  sources: HolderSources,
  users: UserStore,
  directory: Directory,
): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const body = validate(bodySchema, req.body ?? {}, 'body');
    const user = await users.find(personId(req));
    if (user === undefined) throw problem('not_found', 'No person has this id');
    const actor = actorOf(res);
    // Who sets an administrator's password is one.
    refuseHigher(user, actor);
    const wanted = { delivery: body.mail ? ('mail' as const) : ('hand on' as const), by: body.by };
    const { url, code, expiresAt } = await directory.recover(user, wanted, actor);
    const expires_at = expiresAt.toISOString();
    res.status(201).json({ recovery_url: url, recovery_code: code, expires_at });
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
