import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { clientMetadataSchema, newClientSchema } from '../../clients/client-schema.ts';
import type { ClientStore } from '../../clients/client-store.ts';
import { registerClient, rotateSecret } from '../../clients/register-client.ts';
import { requireClient } from '../../clients/require-client.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import {
  clientAnswer,
  clientSchema,
  registeredClientAnswer,
  registeredClientSchema,
} from './client-answer.ts';
import { requireRight } from './require-right.ts';

export interface ClientDependencies {
  readonly sources: HolderSources;
  readonly clients: ClientStore;
}

const querySchema = z.strictObject(pageParameters);
const params = z.object({ id: z.string() });
const notFound = { 404: { description: 'There is no such client' } };

/** `/admin/clients`: the programs that ask for tokens, in the names of RFC 7591 (auth.md A7.8). */
export function clientEndpoints({ sources, clients }: ClientDependencies): Endpoint[] {
  const list: RequestHandler = async (req, res) => {
    const page = validate(querySchema, req.query, 'parameters');
    const { entries, total } = await clients.list(page);
    res.json(pageAnswer(entries.map(clientAnswer), total, page));
  };
  const create: RequestHandler = async (req, res) => {
    const wanted = validate(newClientSchema, req.body, 'body');
    res.status(201).json(registeredClientAnswer(await registerClient(clients, wanted, actorOf(res))));
  };
  const show: RequestHandler = async (req, res) => {
    res.json(clientAnswer(await requireClient(clients, String(req.params.id))));
  };
  const replace: RequestHandler = async (req, res) => {
    const metadata = validate(clientMetadataSchema, req.body, 'body');
    res.json(clientAnswer(await clients.replace(String(req.params.id), metadata, actorOf(res))));
  };
  const rotate: RequestHandler = async (req, res) => {
    res.json(registeredClientAnswer(await rotateSecret(clients, String(req.params.id), actorOf(res))));
  };
  const remove: RequestHandler = async (req, res) => {
    await clients.remove(String(req.params.id), actorOf(res));
    res.status(204).end();
  };
  const shared = { tag: 'administration', secured: true } as const;
  const mayManage = requireRight(sources, { all: ['client:manage:any'] });
  const all = { ...shared, path: '/admin/clients' } as const;
  const one = { ...shared, path: '/admin/clients/:id' } as const;
  return [
    {
      ...{ ...all, method: 'get', summary: 'The clients of single sign-on, by id' },
      request: { query: querySchema },
      answers: { 200: { description: 'Never a secret', schema: pageSchema(clientSchema) }, ...adminErrors },
      handlers: [noStore, mayManage, list],
    },
    {
      ...{ ...all, method: 'post', summary: 'Register a client' },
      request: { body: { schema: newClientSchema } },
      answers: {
        201: { description: 'The client, with its secret', schema: registeredClientSchema },
        ...adminErrors,
        409: { description: 'The id is taken' },
      },
      handlers: [noStore, mayManage, ...jsonBody, create],
    },
    {
      ...{ ...one, method: 'get', summary: 'A client' },
      request: { params },
      answers: {
        200: { description: 'Without its secret', schema: clientSchema },
        ...adminErrors,
        ...notFound,
      },
      handlers: [noStore, mayManage, show],
    },
    {
      ...{ ...one, method: 'put', summary: "Replace a client's metadata; its secret stays" },
      request: { params, body: { schema: clientMetadataSchema } },
      answers: {
        200: { description: 'As it is now', schema: clientSchema },
        ...{ ...adminErrors, ...notFound },
        409: { description: 'A public client gets no secret later' },
      },
      handlers: [noStore, mayManage, ...jsonBody, replace],
    },
    {
      ...{ ...shared, method: 'post', path: '/admin/clients/:id/secret' },
      summary: 'A new secret; the one before works no longer',
      request: { params },
      answers: {
        200: { description: 'The client, with its secret', schema: registeredClientSchema },
        ...{ ...adminErrors, ...notFound },
        409: { description: 'A public client has no secret' },
      },
      handlers: [noStore, mayManage, rotate],
    },
    {
      ...{ ...one, method: 'delete', summary: 'Remove a client and its tokens' },
      request: { params },
      answers: { 204: { description: 'Gone' }, ...adminErrors, ...notFound },
      handlers: [noStore, mayManage, remove],
    },
  ];
}
