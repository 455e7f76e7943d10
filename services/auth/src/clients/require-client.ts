import { problem } from '@flyloft/common';
import type { Client, ClientStore } from './client-store.ts';

/** @throws {ProblemError} 404. */
export async function requireClient(clients: Pick<ClientStore, 'find'>, id: string): Promise<Client> {
  const client = await clients.find(id);
  if (client === undefined) throw problem('not_found', 'There is no such client');
  return client;
}
