import { problem } from '@flyloft/common';
import { checkAddress, FetchError, type FetchPolicy } from '@flyloft/safe-fetch';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { plainText } from '../../plain-text.ts';
import type { BrowserSubscription, PushStore, PushSubscription } from '../../push/push-subscriptions.ts';
import type { VapidKeys } from '../../push/vapid-keys.ts';
import { idOf } from '../admin/acting.ts';
import { ownErrors } from '../me/own-data.ts';
import { type OwnDataDependencies, personOf, requirePerson } from '../me/require-person.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { jsonBody, noStore } from '../request-parts.ts';

export interface PushSubscriptionDependencies extends OwnDataDependencies {
  readonly pushes: PushStore;
  readonly vapid: VapidKeys;
  /** Which push services may be called. */
  readonly pushPolicy: FetchPolicy;
}

const bytes = (length: number) =>
  z.string().refine((text) => /^[\w-]+=*$/.test(text) && Buffer.from(text, 'base64url').length === length, {
    message: `must be ${length} bytes in base64url`,
  });

/** A browser's `PushSubscription` as JSON; what else it says is not read. */
const bodySchema = z.object({
  endpoint: plainText(2_000).pipe(z.url({ protocol: /^https?$/ })),
  keys: z.object({ p256dh: bytes(65), auth: bytes(16) }),
});
const querySchema = z.strictObject(pageParameters);
const subscriptionSchema = z.object({ id: z.uuid(), endpoint: z.string(), created_at: z.iso.datetime() });
const keySchema = z.object({ public_key: z.string().describe('The `applicationServerKey`') });

function answerOf({ id, endpoint, createdAt }: PushSubscription): z.output<typeof subscriptionSchema> {
  return { id, endpoint, created_at: createdAt.toISOString() };
}

/** @throws {ProblemError} 400, also for an address that no push service can have (reliability.md, "Safe fetching"). */
function subscriptionOf(body: unknown, policy: FetchPolicy): BrowserSubscription {
  const { endpoint, keys } = validate(bodySchema, body, 'body');
  const refuse = (detail: string) =>
    problem('invalid_parameter', `/endpoint: ${detail}`, { errors: [{ pointer: '/endpoint', detail }] });
  try {
    const { href, protocol } = checkAddress(endpoint, policy);
    const isOpen = policy.openHosts.some(({ host }) => host === new URL(href).hostname);
    if (protocol !== 'https:' && !isOpen) throw refuse('must begin with https://');
    return { endpoint: href, ...keys };
  } catch (error) {
    throw error instanceof FetchError ? refuse(error.message) : error;
  }
}

/** `/push-subscriptions`: the browsers that are told of one's notifications (auth.md A5). */
export function pushSubscriptionEndpoints(deps: PushSubscriptionDependencies): Endpoint[] {
  const { pushes, vapid, pushPolicy } = deps;
  const unknown = 'You have no such subscription';
  const list: RequestHandler = async (req, res) => {
    const query = validate(querySchema, req.query, 'parameters');
    const { entries, total } = await pushes.list(personOf(res).user.id, query);
    res.json(pageAnswer(entries.map(answerOf), total, query));
  };
  const subscribe: RequestHandler = async (req, res) => {
    const subscription = subscriptionOf(req.body, pushPolicy);
    res.status(201).json(answerOf(await pushes.subscribe(personOf(res).user.id, subscription)));
  };
  const replace: RequestHandler = async (req, res) => {
    const { user } = personOf(res);
    // First whose it is: a stranger is told nothing about the body.
    const { id } = await pushes.owned(user.id, idOf(req, unknown));
    res.json(answerOf(await pushes.replace(user.id, id, subscriptionOf(req.body, pushPolicy))));
  };
  const remove: RequestHandler = async (req, res) => {
    await pushes.remove(personOf(res).user.id, idOf(req, unknown));
    res.status(204).end();
  };
  const showKey: RequestHandler = (_req, res) => {
    res.json({ public_key: vapid.publicKey });
  };
  const person = requirePerson(deps);
  const root = { path: '/push-subscriptions', tag: 'notifications', secured: true } as const;
  const one = { ...root, path: '/push-subscriptions/:id' } as const;
  const params = z.object({ id: z.string() });
  const subscription = { description: 'The subscription', schema: subscriptionSchema };
  const refused = {
    400: { description: 'Not what a browser gives, or an address that may not be called' },
    413: { description: 'The body is larger than 1 MiB' },
    415: { description: 'The body is not application/json' },
  };
  const notFound = { 404: { description: unknown } };
  return [
    {
      ...{ ...root, method: 'get', summary: 'The browsers that are told of your notifications' },
      request: { query: querySchema },
      answers: {
        200: { description: 'One page', schema: pageSchema(subscriptionSchema) },
        400: { description: 'A parameter is not valid' },
        ...ownErrors,
      },
      handlers: [noStore, person, list],
    },
    {
      ...{ ...root, path: '/push-subscriptions/key', method: 'get' },
      summary: 'The key that a browser subscribes with (VAPID)',
      answers: { 200: { description: 'The key', schema: keySchema }, ...ownErrors },
      handlers: [noStore, person, showKey],
    },
    {
      ...{ ...root, method: 'post', summary: 'Have this browser told of your notifications' },
      request: { body: { schema: bodySchema } },
      answers: {
        201: subscription,
        ...{ ...ownErrors, ...refused },
        409: { description: 'You have too many subscriptions' },
      },
      handlers: [noStore, person, ...jsonBody, subscribe],
    },
    {
      ...{ ...one, method: 'patch', summary: 'Put what the browser gave anew in its place' },
      request: { params, body: { schema: bodySchema } },
      answers: { 200: subscription, ...ownErrors, ...refused, ...notFound },
      handlers: [noStore, person, ...jsonBody, replace],
    },
    {
      ...{ ...one, method: 'delete', summary: 'No longer tell a browser' },
      request: { params },
      answers: { 204: { description: 'Removed' }, ...ownErrors, ...notFound },
      handlers: [noStore, person, remove],
    },
  ];
}
