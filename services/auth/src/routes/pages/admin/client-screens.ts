import type { Request } from 'express';
import { z } from 'zod';
import { metadataOfKind } from '../../../clients/client-kinds.ts';
import { clientMetadataSchema, newClientSchema } from '../../../clients/client-schema.ts';
import type { Client } from '../../../clients/client-store.ts';
import { registerClient, rotateSecret } from '../../../clients/register-client.ts';
import { requireClient } from '../../../clients/require-client.ts';
import { clientPage, clientsPage, secretPage } from '../../../pages/admin/clients-pages.ts';
import { fieldOf } from '../browser.ts';
import type { AdminPagesDependencies } from './admin-pages.ts';
import { bodyOf, fieldsOf, linesOf, pageOf, requireTyped } from './form-fields.ts';
import type { Screen, Visit } from './screen.ts';

const shared = { requirement: { all: ['client:manage:any'] }, dangerous: true } as const;
const { requirement } = shared;
const MOST_APPS = { page: 1, per_page: 100 };

function wantedOf(req: Request): Record<string, unknown> {
  return {
    ...fieldsOf(req, ['client_name']),
    redirect_uris: linesOf(fieldOf(req, 'redirect_uris')),
    post_logout_redirect_uris: linesOf(fieldOf(req, 'post_logout_redirect_uris')),
  };
}

/** All clients, and registering one. */
function clientsScreen({ clients, apps }: AdminPagesDependencies): Screen {
  return {
    ...{ path: '/admin/pages/clients', summary: 'The page of clients', requirement },
    query: z.object({ page: z.string().optional() }),
    show: async (visit) => {
      const page = pageOf(visit.req);
      const [list, { entries }] = await Promise.all([clients.list(page), apps.list(MOST_APPS)]);
      return clientsPage(visit, { ...list, page: page.page, perPage: page.per_page }, entries);
    },
    actions: {
      create: {
        ...{ ...shared, done: 'The client is registered.' },
        run: async (visit) => {
          const { req, actor } = visit;
          const kind = metadataOfKind(fieldOf(req, 'kind'));
          const wanted = { ...wantedOf(req), ...kind, app: fieldOf(req, 'app') || null };
          const registered = await registerClient(clients, bodyOf(newClientSchema, wanted), actor);
          return { page: secretPage(visit, 'The client is registered', registered) };
        },
      },
    },
  };
}

/** One client. */
function clientScreen({ clients }: AdminPagesDependencies): Screen {
  const clientOf = ({ req }: Visit): Promise<Client> => requireClient(clients, String(req.params.id));
  return {
    ...{ path: '/admin/pages/clients/:id', summary: 'The page of one client', requirement },
    params: z.object({ id: z.string() }),
    show: async (visit) => clientPage(visit, await clientOf(visit)),
    actions: {
      change: {
        ...{ ...shared, done: 'The client is saved.' },
        run: async (visit) => {
          const { id, metadata } = await clientOf(visit);
          const wanted = bodyOf(clientMetadataSchema, { ...metadata, ...wantedOf(visit.req) });
          await clients.replace(id, wanted, visit.actor);
          return undefined;
        },
      },
      rotate: {
        ...{ ...shared, done: 'The secret is new.' },
        run: async (visit) => {
          const { id } = await clientOf(visit);
          return { page: secretPage(visit, 'A new secret', await rotateSecret(clients, id, visit.actor)) };
        },
      },
      delete: {
        ...{ ...shared, done: 'The client is gone.' },
        run: async (visit) => {
          const { id } = await clientOf(visit);
          requireTyped(visit.req, id);
          await clients.remove(id, visit.actor);
          return { at: '/admin/pages/clients' };
        },
      },
    },
  };
}

export const clientScreens = (deps: AdminPagesDependencies): Screen[] => [
  clientsScreen(deps),
  clientScreen(deps),
];
