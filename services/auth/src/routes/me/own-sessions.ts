import { problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { requireOwnPermission } from '../auth/kept-request.ts';
import { noStore } from '../request-parts.ts';
import { ownErrors } from './own-data.ts';
import {
  contextOf,
  type OwnDataDependencies,
  personOf,
  requireFresh,
  requirePerson,
} from './require-person.ts';
import { sessionAnswer, sessionSchema } from './session-answer.ts';

const ownSessionSchema = sessionSchema.extend({
  current: z.boolean().describe('True for the one that asks'),
});

const isId = (text: string) => z.uuid().safeParse(text).success;

/** `/auth/sessions`: where one is signed in, and ending that (auth.md A2, D17). */
export function ownSessionsEndpoints(deps: OwnDataDependencies): Endpoint[] {
  const { sessions, now } = deps;
  const list: RequestHandler = async (_req, res) => {
    const { user, session } = personOf(res);
    const own = await sessions.list(user.id, now());
    res.json({ sessions: own.map((one) => ({ ...sessionAnswer(one), current: one.id === session?.id })) });
  };
  const mayEnd: RequestHandler = (_req, res, next) => {
    requireOwnPermission(personOf(res), 'session:revoke:own');
    requireFresh(res, now());
    next();
  };
  const end: RequestHandler = async (req, res) => {
    const { id } = personOf(res).user;
    const wanted = String(req.params.id);
    const ended = isId(wanted) && (await sessions.revoke(id, wanted, now(), contextOf(res)));
    if (!ended) throw problem('not_found', 'You have no such session');
    res.status(204).end();
  };
  const endOthers: RequestHandler = async (_req, res) => {
    const { user, session } = personOf(res);
    res.json({ ended: await sessions.revokeOthers(user.id, session?.id, now(), contextOf(res)) });
  };
  const person = requirePerson(deps);
  const shared = { tag: 'own data', secured: true } as const;
  return [
    {
      ...{ ...shared, method: 'get', path: '/auth/sessions', summary: 'Where you are signed in' },
      answers: {
        200: { description: 'Last seen first', schema: z.object({ sessions: z.array(ownSessionSchema) }) },
        ...ownErrors,
      },
      handlers: [noStore, person, list],
    },
    {
      ...{ ...shared, method: 'delete', path: '/auth/sessions', summary: 'End all sessions but this one' },
      answers: {
        200: { description: 'How many have ended', schema: z.object({ ended: z.int() }) },
        ...ownErrors,
      },
      handlers: [noStore, person, mayEnd, endOthers],
    },
    {
      ...{ ...shared, method: 'delete', path: '/auth/sessions/:id', summary: 'End a session' },
      request: { params: z.object({ id: z.string() }) },
      answers: {
        204: { description: 'Ended; services refuse its tokens within a minute' },
        ...ownErrors,
        404: { description: 'You have no such session' },
      },
      handlers: [noStore, person, mayEnd, end],
    },
  ];
}
