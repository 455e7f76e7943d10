import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { plainText } from '../../plain-text.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import type { Directory } from '../../users/directory.ts';
import { emailSchema } from '../../users/email.ts';
import { passwordSchema } from '../../users/password.ts';
import {
  ADMINISTRATOR_ROLE,
  isAdministrator,
  NEW_USER_ROLE,
  nameSchema,
  type User,
} from '../../users/user.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { holderOf, requireRight } from './require-right.ts';

/** What an administrator says of a person who is to be made. */
export const newPersonSchema = z.strictObject({
  email: emailSchema,
  name: nameSchema.optional(),
  roles: z.array(plainText(100)).min(1).max(20).default([NEW_USER_ROLE]),
});

const bodySchema = newPersonSchema.extend({
  password: passwordSchema.optional(),
  invite: z
    .boolean()
    .default(false)
    .describe('True: mail the link to the person, whom it also proves the address of, and answer none'),
});

const answerSchema = z.object({
  id: z.uuid(),
  idhash: z.string(),
  username: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  roles: z.array(z.string()),
  join_date: z.iso.datetime(),
  recovery_url: z
    .url()
    .nullable()
    .describe('Works once; the person sets a password there. Null: it was mailed, or Ory Kratos made none'),
});

function answerOf(user: User, recoveryUrl: string | null): z.output<typeof answerSchema> {
  const { id, idhash, username, name, email, roles, joinDate } = user;
  const join_date = joinDate.toISOString();
  return { id, idhash, username, name, email, roles: [...roles], join_date, recovery_url: recoveryUrl };
}

/** @throws {ProblemError} 403 for who may make people but not say what they may do. */
export function refuseToGiveRoles(roles: readonly string[], giver: User): void {
  const isPlain = roles.every((role) => role === NEW_USER_ROLE);
  const isHigher = roles.includes(ADMINISTRATOR_ROLE) && !isAdministrator(giver);
  if (isPlain || (giver.permissions.has('user:assign-roles:any') && !isHigher)) return;
  throw problem('permission_denied', 'You may not give these roles');
}

/** POST `/admin/users`: a person with a local account (auth.md A2). */
export function createUserEndpoint(sources: HolderSources, directory: Directory): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const { email, name, password, roles, invite } = validate(bodySchema, req.body, 'body');
    const { user: giver } = holderOf(res);
    refuseToGiveRoles(roles, giver);
    const delivery = invite ? 'mail' : 'hand on';
    const person = { email, name, password, roles };
    const { user, recovery } = await directory.create(person, delivery, actorOf(res));
    res.status(201).json(answerOf(user, recovery?.url ?? null));
  };
  return {
    method: 'post',
    path: '/admin/users',
    tag: 'administration',
    summary: 'Make a person with a local account',
    secured: true,
    request: { body: { schema: bodySchema } },
    answers: {
      201: { description: 'The person', schema: answerSchema },
      ...adminErrors,
      409: { description: 'A local account has this e-mail address already, or no mail can be sent' },
    },
    handlers: [noStore, requireRight(sources, { all: ['user:create:any'] }), ...jsonBody, handler],
  };
}
