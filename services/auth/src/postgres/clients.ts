import { problem } from '@flyloft/common';
import type { ClientMetadata } from '../clients/client-schema.ts';
import type { Client, ClientStore } from '../clients/client-store.ts';
import type { Client as Row } from '../generated/prisma/client.ts';
import { isStorable } from '../plain-text.ts';
import { rowsOf } from '../routes/paging.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';

function clientOf({ id, app, name, secretHash, metadata, createdAt }: Row): Client {
  // written by this file alone, from metadata that was checked
  const rest = metadata as Omit<ClientMetadata, 'app' | 'client_name'>;
  return { id, secretHash, createdAt, metadata: { ...rest, app, client_name: name } };
}

const columnsOf = ({ app, client_name: name, ...metadata }: ClientMetadata) => ({ app, name, metadata });

async function refuseUnknownApp(queries: Queries, slug: string | null): Promise<void> {
  if (slug === null) return;
  if (isStorable(slug) && (await queries.app.findUnique({ where: { slug } }))) return;
  const detail = `There is no application "${slug}"`;
  throw problem('invalid_parameter', detail, { errors: [{ pointer: '/app', detail }] });
}

async function find(queries: Queries, id: string): Promise<Client | undefined> {
  const row = isStorable(id) ? await queries.client.findUnique({ where: { id } }) : null;
  return row ? clientOf(row) : undefined;
}

async function clientToChange(queries: Queries, id: string): Promise<Client> {
  const client = await find(queries, id);
  if (client === undefined) throw problem('not_found', 'There is no such client');
  return client;
}

/** The clients of single sign-on. */
export function createClientStore(database: Database): ClientStore {
  return {
    list: async (page) => {
      const [rows, total] = await Promise.all([
        database.client.findMany({ orderBy: { id: 'asc' }, ...rowsOf(page) }),
        database.client.count(),
      ]);
      return { entries: rows.map(clientOf), total };
    },
    find: (id) => find(database, id),
    create: ({ id, secretHash, metadata }, context) =>
      database.$transaction(async (queries) => {
        await refuseUnknownApp(queries, metadata.app);
        const [row] = await queries.client.createManyAndReturn({
          data: [{ id, secretHash, ...columnsOf(metadata) }],
          skipDuplicates: true,
        });
        if (row === undefined) throw problem('conflict', `There is a client "${id}" already`);
        await writeAudit(queries, context, { action: 'client.created', target: id });
        return clientOf(row);
      }),
    replace: (id, metadata, context) =>
      database.$transaction(async (queries) => {
        const before = await clientToChange(queries, id);
        await refuseUnknownApp(queries, metadata.app);
        const isPublic = metadata.token_endpoint_auth_method === 'none';
        if (!isPublic && before.secretHash === null) {
          throw problem('conflict', 'A public client gets no secret later: register another one');
        }
        const data = { ...columnsOf(metadata), ...(isPublic ? { secretHash: null } : {}) };
        const row = await queries.client.update({ where: { id }, data });
        await writeAudit(queries, context, { action: 'client.changed', target: id });
        return clientOf(row);
      }),
    setSecret: (id, secretHash, context) =>
      database.$transaction(async (queries) => {
        const { secretHash: before } = await clientToChange(queries, id);
        if (before === null) throw problem('conflict', 'This is a public client: it has no secret');
        const row = await queries.client.update({ where: { id }, data: { secretHash } });
        await writeAudit(queries, context, { action: 'client.secret-rotated', target: id });
        return clientOf(row);
      }),
    remove: (id, context) =>
      database.$transaction(async (queries) => {
        const { count } = isStorable(id) ? await queries.client.deleteMany({ where: { id } }) : { count: 0 };
        if (count === 0) throw problem('not_found', 'There is no such client');
        await writeAudit(queries, context, { action: 'client.deleted', target: id });
      }),
  };
}
