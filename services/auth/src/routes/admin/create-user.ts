import { type Endpoint, requestIdOf, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { createOneTimeLink } from '../../links/one-time-link.ts';
import { plainText } from '../../plain-text.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { emailSchema } from '../../users/email.ts';
import { hashPassword, passwordSchema } from '../../users/password.ts';
import { NEW_USER_ROLE, nameSchema, type User } from '../../users/user.ts';
import type { UserStore } from '../../users/user-store.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { adminErrors } from './admin-errors.ts';
import { holderOf, requireRight } from './require-right.ts';

export interface CreateUserDependencies {
  readonly sources: HolderSources;
  readonly users: UserStore;
  readonly origin: string;
  readonly now: () => Date;
}

const bodySchema = z.strictObject({
  email: emailSchema,
  name: nameSchema.optional(),
  password: passwordSchema.optional(),
  roles: z.array(plainText(100)).min(1).max(20).default([NEW_USER_ROLE]),
});

const answerSchema = z.object({
  id: z.uuid(),
  idhash: z.string(),
  username: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  roles: z.array(z.string()),
  join_date: z.iso.datetime(),
  recovery_url: z.url().describe('Works once; the person sets a password there'),
});

function answerOf(user: User, recoveryUrl: string): z.output<typeof answerSchema> {
  const { id, idhash, username, name, email, roles, joinDate } = user;
  const join_date = joinDate.toISOString();
  return { id, idhash, username, name, email, roles: [...roles], join_date, recovery_url: recoveryUrl };
}

/** POST `/admin/users`: a person with a local account (auth.md A2). */
export function createUserEndpoint({ sources, users, origin, now }: CreateUserDependencies): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const { email, name, password, roles } = validate(bodySchema, req.body, 'body');
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    const { url, link } = createOneTimeLink('recovery', origin, now());
    const context = { actor: holderOf(res).user.id, requestId: requestIdOf(res) };
    const user = await users.create({ email, name, passwordHash, roles }, link, context);
    res.status(201).json(answerOf(user, url));
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
      409: { description: 'A local account has this e-mail address already' },
    },
    handlers: [noStore, requireRight(sources, { all: ['user:create:any'] }), ...jsonBody, handler],
  };
}
