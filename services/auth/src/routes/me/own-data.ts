import { type AnswerDescription, type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { isStorable } from '../../plain-text.ts';
import { emailSchema } from '../../users/email.ts';
import { nameSchema } from '../../users/user.ts';
import { usernameSchema } from '../../users/username.ts';
import { prepareVerification } from '../pages/settings-actions.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { ownProfileOf, ownProfileSchema } from './profile.ts';
import {
  contextOf,
  type OwnDataDependencies,
  personOf,
  requireFresh,
  requirePerson,
} from './require-person.ts';

const changeSchema = z
  .strictObject({
    name: nameSchema.nullable(),
    avatar_url: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .refine(isStorable, 'must not hold NUL')
      .nullable(),
    username: usernameSchema.describe('Can be changed exactly once'),
    email: emailSchema.describe('Counts once the link that is mailed to it is opened'),
  })
  .partial();

export const ownErrors: Readonly<Record<number, AnswerDescription>> = {
  401: { description: 'No token and no session, or not a right one' },
  403: {
    description: 'The token does not reach this, the form token is missing, or the sign-in is too long ago',
  },
};

/** GET, PATCH and DELETE `/auth/me`, and everything that is kept of a person (auth.md A2). */
export function ownDataEndpoints(deps: OwnDataDependencies): Endpoint[] {
  const { accounts, now } = deps;
  const show: RequestHandler = (_req, res) => {
    res.json(ownProfileOf(personOf(res).user));
  };
  const change: RequestHandler = async (req, res) => {
    const { name, avatar_url: avatarUrl, username, email } = validate(changeSchema, req.body, 'body');
    const { id } = personOf(res).user;
    const context = contextOf(res);
    if (email !== undefined || username !== undefined) requireFresh(res, now());
    const verification = email === undefined ? undefined : await prepareVerification(deps, id, email);
    const wanted = { name, avatarUrl, username, emailLink: verification?.emailLink };
    const user = await accounts.change(id, wanted, now(), context);
    await verification?.mail();
    res.json({ ...ownProfileOf(user), ...(email === undefined ? {} : { email_to_be_verified: email }) });
  };
  const remove: RequestHandler = async (_req, res) => {
    requireFresh(res, now());
    await accounts.remove(personOf(res).user.id, contextOf(res));
    res.status(204).end();
  };
  const sendAll: RequestHandler = async (_req, res) => {
    res.set('Content-Disposition', 'attachment; filename="flyloft.json"');
    res.json(await accounts.exportOf(personOf(res).user.id));
  };
  const person = requirePerson(deps);
  const shared = { tag: 'own data', secured: true } as const;
  const invalid = { description: 'A field is not valid' };
  return [
    {
      ...{ ...shared, method: 'get', path: '/auth/me', summary: 'Your own profile' },
      answers: { 200: { description: 'The profile', schema: ownProfileSchema }, ...ownErrors },
      handlers: [noStore, person, show],
    },
    {
      ...{ ...shared, method: 'patch', path: '/auth/me', summary: 'Change your own profile' },
      request: { body: { schema: changeSchema } },
      answers: {
        200: {
          description: 'The profile as it is now',
          schema: ownProfileSchema.extend({ email_to_be_verified: z.string().optional() }),
        },
        400: invalid,
        ...ownErrors,
        409: { description: 'The username is taken or was changed before, or no mail can be sent' },
        413: { description: 'The body is larger than 1 MiB' },
        415: { description: 'The body is not application/json' },
        429: { description: 'Too many letters: Retry-After says when there may be another' },
      },
      handlers: [noStore, person, ...jsonBody, change],
    },
    {
      ...{ ...shared, method: 'delete', path: '/auth/me', summary: 'Delete your own account' },
      answers: {
        204: { description: 'The account is gone; packages and data sets stay, and the audit log' },
        ...ownErrors,
        409: { description: 'The last administrator cannot go' },
      },
      handlers: [noStore, person, remove],
    },
    {
      ...{ ...shared, method: 'get', path: '/auth/me/export', summary: 'Everything that is kept of you' },
      answers: { 200: { description: 'All of it', schema: z.record(z.string(), z.unknown()) }, ...ownErrors },
      handlers: [noStore, person, sendAll],
    },
  ];
}
