import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { NotificationStore } from '../../notices/notifications.ts';
import { ownErrors } from '../me/own-data.ts';
import { type OwnDataDependencies, personOf, requirePerson } from '../me/require-person.ts';
import { pageAnswer, pageParameters } from '../paging.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { inboxSchema, notificationAnswer } from './notification-answer.ts';

export interface NotificationDependencies extends OwnDataDependencies {
  readonly notifications: NotificationStore;
}

const querySchema = z.strictObject({
  ...pageParameters,
  read: z.stringbool().optional().describe('false: only those that are not read yet'),
});
const bodySchema = z.object({
  notification_ids: z.union([z.array(z.uuid()).min(1).max(1_000), z.literal('all')]),
  read: z.boolean(),
});
const settingsSchema = z.strictObject({ push: z.boolean().describe('Whether subscribed browsers are told') });

const ANSWERS = {
  400: { description: 'A field or parameter is not valid' },
  ...ownErrors,
};
const BODY_ANSWERS = {
  413: { description: 'The body is larger than 1 MiB' },
  415: { description: 'The body is not application/json' },
};

/** `/notifications`: everybody's own inbox, and whether browsers are told of it (auth.md A5). */
export function notificationEndpoints(deps: NotificationDependencies): Endpoint[] {
  const { notifications } = deps;
  const list: RequestHandler = async (req, res) => {
    const query = validate(querySchema, req.query, 'parameters');
    const { entries, total, unread } = await notifications.list(personOf(res).user.id, query, query);
    res.json({ ...pageAnswer(entries.map(notificationAnswer), total, query), unread });
  };
  const mark: RequestHandler = async (req, res) => {
    const { notification_ids: ids, read } = validate(bodySchema, req.body, 'body');
    res.json({ changed: await notifications.mark(personOf(res).user.id, ids, read) });
  };
  const showSettings: RequestHandler = async (_req, res) => {
    res.json({ push: await notifications.wantsPush(personOf(res).user.id) });
  };
  const changeSettings: RequestHandler = async (req, res) => {
    const { push } = validate(settingsSchema, req.body, 'body');
    await notifications.setPush(personOf(res).user.id, push);
    res.json({ push });
  };
  const person = requirePerson(deps);
  const shared = { path: '/notifications', tag: 'notifications', secured: true } as const;
  const settings = { ...shared, path: '/notifications/settings' } as const;
  const settingsAnswer = { description: 'The settings', schema: settingsSchema };
  return [
    {
      ...{ ...shared, method: 'get', summary: 'Your notifications, newest first' },
      request: { query: querySchema },
      answers: { 200: { description: 'One page', schema: inboxSchema }, ...ANSWERS },
      handlers: [noStore, person, list],
    },
    {
      ...{ ...shared, method: 'patch', summary: 'Mark notifications as read, or unread again' },
      request: { body: { schema: bodySchema } },
      answers: {
        200: { description: 'How many have changed', schema: z.object({ changed: z.int() }) },
        ...{ ...ANSWERS, ...BODY_ANSWERS },
        403: { description: 'One of the notifications is not yours: none is changed. Or as ever' },
      },
      handlers: [noStore, person, ...jsonBody, mark],
    },
    {
      ...{ ...settings, method: 'get', summary: 'Whether your browsers are told of notifications' },
      answers: { 200: settingsAnswer, ...ownErrors },
      handlers: [noStore, person, showSettings],
    },
    {
      ...{ ...settings, method: 'patch', summary: 'Switch that on or off' },
      request: { body: { schema: settingsSchema } },
      answers: { 200: settingsAnswer, ...ANSWERS, ...BODY_ANSWERS },
      handlers: [noStore, person, ...jsonBody, changeSettings],
    },
  ];
}
