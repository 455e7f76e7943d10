import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { plainText } from '../../plain-text.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf, personId } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import type { PeopleDependencies } from './list-users.ts';
import { requireRight } from './require-right.ts';

const answerSchema = z.object({ id: z.uuid(), until: z.iso.datetime(), reason: z.string() });
const params = z.object({ id: z.string() });

/** Until when somebody is shut out, and why. */
export const suspensionSchema = (now: () => Date) =>
  z.strictObject({
    until: z.iso
      .datetime({ offset: true })
      .transform((text) => new Date(text))
      .refine((until) => until > now(), 'must lie in the future'),
    reason: plainText(500),
  });

/** POST and DELETE `/admin/users/:id/suspension` (auth.md A3, A7.8). */
export function suspensionEndpoints({ sources, people, now }: PeopleDependencies): Endpoint[] {
  const bodySchema = suspensionSchema(now);
  const suspend: RequestHandler = async (req, res) => {
    const { until, reason } = validate(bodySchema, req.body, 'body');
    const id = personId(req);
    await people.suspend(id, { until, reason }, now(), actorOf(res));
    res.status(201).json({ id, until: until.toISOString(), reason });
  };
  const lift: RequestHandler = async (req, res) => {
    await people.lift(personId(req), now(), actorOf(res));
    res.status(204).end();
  };
  const shared = { path: '/admin/users/:id/suspension', tag: 'administration', secured: true } as const;
  const maySuspend = requireRight(sources, { all: ['user:suspend:any'] });
  const notFound = { 404: { description: 'No person has this id' } };
  return [
    {
      ...{
        ...shared,
        method: 'post',
        summary: 'Shut a person out until a date; again: change date and reason',
      },
      request: { params, body: { schema: bodySchema } },
      answers: {
        201: { description: 'Suspended; every session is ended', schema: answerSchema },
        ...{ ...adminErrors, ...notFound },
        409: { description: 'The last administrator' },
      },
      handlers: [noStore, maySuspend, ...jsonBody, suspend],
    },
    {
      ...{ ...shared, method: 'delete', summary: 'Let a suspended person in again, before the date' },
      request: { params },
      answers: {
        204: { description: 'Lifted' },
        ...adminErrors,
        404: { description: 'Nobody, or not suspended' },
      },
      handlers: [noStore, maySuspend, lift],
    },
  ];
}
