import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { AccountStore } from '../../accounts/account-store.ts';
import type { Directory } from '../../users/directory.ts';
import { emailSchema } from '../../users/email.ts';
import { nameSchema } from '../../users/user.ts';
import type { UserStore } from '../../users/user-store.ts';
import { usernameSchema } from '../../users/username.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf, personId } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import type { PeopleDependencies } from './list-users.ts';
import { requireRight } from './require-right.ts';
import { userAnswer, userSchema } from './user-answer.ts';

interface OneUserDependencies extends PeopleDependencies {
  readonly directory: Pick<Directory, 'change'>;
  readonly users: UserStore;
  readonly accounts: Pick<AccountStore, 'exportOf'>;
}

/** What an administrator may change of a person. */
export const changeSchema = z
  .strictObject({
    name: nameSchema.nullable(),
    username: usernameSchema,
    email: emailSchema.describe('Counts as not verified; a local account signs in with it'),
  })
  .partial();

const params = z.object({ id: z.string() });
const notFound = { 404: { description: 'No person has this id' } };
const shared = { path: '/admin/users/:id', tag: 'administration', secured: true } as const;

/** GET, PATCH, DELETE `/admin/users/:id`, and everything that is kept of the person. */
export function oneUserEndpoints(deps: OneUserDependencies): Endpoint[] {
  const { sources, people, directory, users, accounts, now } = deps;
  const show: RequestHandler = async (req, res) => {
    const user = await users.find(personId(req));
    if (user === undefined) throw problem('not_found', 'No person has this id');
    res.json(userAnswer(user, now()));
  };
  const change: RequestHandler = async (req, res) => {
    const wanted = validate(changeSchema, req.body, 'body');
    res.json(userAnswer(await directory.change(personId(req), wanted, actorOf(res)), now()));
  };
  const remove: RequestHandler = async (req, res) => {
    await people.remove(personId(req), now(), actorOf(res));
    res.status(204).end();
  };
  const sendAll: RequestHandler = async (req, res) => {
    const user = await users.find(personId(req));
    if (user === undefined) throw problem('not_found', 'No person has this id');
    res.set('Content-Disposition', 'attachment; filename="flyloft.json"');
    res.json(await accounts.exportOf(user.id));
  };
  return [
    {
      ...{ ...shared, method: 'get', summary: 'One person' },
      request: { params },
      answers: { 200: { description: 'The person', schema: userSchema }, ...adminErrors, ...notFound },
      handlers: [noStore, requireRight(sources, { all: ['user:read:any'] }), show],
    },
    {
      ...{ ...shared, method: 'patch', summary: "Change a person's name, username or e-mail address" },
      request: { params, body: { schema: changeSchema } },
      answers: {
        200: { description: 'The person as they are now', schema: userSchema },
        ...{ ...adminErrors, ...notFound },
        409: { description: 'The username or the address is taken' },
      },
      handlers: [noStore, requireRight(sources, { all: ['user:update:any'] }), ...jsonBody, change],
    },
    {
      ...{ ...shared, method: 'delete', summary: 'Delete a person' },
      request: { params },
      answers: {
        204: { description: 'Gone; packages and data sets stay, and the audit log' },
        ...{ ...adminErrors, ...notFound },
        409: { description: 'The last administrator cannot go' },
      },
      handlers: [noStore, requireRight(sources, { all: ['user:delete:any'] }), remove],
    },
    {
      ...{ ...shared, method: 'get', path: '/admin/users/:id/export' },
      summary: 'Everything that is kept of a person',
      request: { params },
      answers: {
        200: { description: 'All of it', schema: z.record(z.string(), z.unknown()) },
        ...{ ...adminErrors, ...notFound },
      },
      handlers: [noStore, requireRight(sources, { all: ['user:export:any'] }), sendAll],
    },
  ];
}
