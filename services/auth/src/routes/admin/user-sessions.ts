import { problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { SessionStore } from '../../sessions/session.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import type { User } from '../../users/user.ts';
import { refuseHigher } from '../../users/user-administration.ts';
import type { UserStore } from '../../users/user-store.ts';
import { sessionAnswer, sessionSchema } from '../me/session-answer.ts';
import { noStore } from '../request-parts.ts';
import { actorOf, personId } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { requireRight } from './require-right.ts';

interface SessionDependencies {
  readonly sources: HolderSources;
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly now: () => Date;
}

const shared = { path: '/admin/users/:id/sessions', tag: 'administration', secured: true } as const;
const params = z.object({ id: z.string() });

/** `/admin/users/:id/sessions`: where a person is signed in, and ending that (D17). */
export function userSessionEndpoints({ sources, users, sessions, now }: SessionDependencies): Endpoint[] {
  const personOf = async (req: Request): Promise<User> => {
    const user = await users.find(personId(req));
    if (user === undefined) throw problem('not_found', 'No person has this id');
    return user;
  };
  const personToChange = async (req: Request, res: Response): Promise<User> => {
    const user = await personOf(req);
    refuseHigher(user, actorOf(res));
    return user;
  };
  const list: RequestHandler = async (req, res) => {
    const all = await sessions.list((await personOf(req)).id, now());
    res.json({ sessions: all.map(sessionAnswer) });
  };
  const end: RequestHandler = async (req, res) => {
    const { id } = await personToChange(req, res);
    const session = z.uuid().safeParse(req.params.session);
    const ended = session.success && (await sessions.revoke(id, session.data, now(), actorOf(res)));
    if (!ended) throw problem('not_found', 'This person has no such session');
    res.status(204).end();
  };
  const endAll: RequestHandler = async (req, res) => {
    const { id } = await personToChange(req, res);
    res.json({ ended: await sessions.revokeOthers(id, undefined, now(), actorOf(res)) });
  };
  const handlers = [noStore, requireRight(sources, { all: ['session:revoke:any'] })];
  const notFound = { 404: { description: 'No person has this id' } };
  return [
    {
      ...{ ...shared, method: 'get', summary: 'Where a person is signed in' },
      request: { params },
      answers: {
        200: { description: 'Last seen first', schema: z.object({ sessions: z.array(sessionSchema) }) },
        ...{ ...adminErrors, ...notFound },
      },
      handlers: [...handlers, list],
    },
    {
      ...{ ...shared, method: 'delete', summary: 'End all sessions of a person' },
      request: { params },
      answers: {
        200: { description: 'How many have ended', schema: z.object({ ended: z.int() }) },
        ...{ ...adminErrors, ...notFound },
      },
      handlers: [...handlers, endAll],
    },
    {
      ...{ ...shared, method: 'delete', path: '/admin/users/:id/sessions/:session' },
      summary: 'End a session of a person',
      request: { params: params.extend({ session: z.string() }) },
      answers: {
        204: { description: 'Ended; services refuse its tokens within a minute' },
        ...adminErrors,
        404: { description: 'No such person, or no such session' },
      },
      handlers: [...handlers, end],
    },
  ];
}
