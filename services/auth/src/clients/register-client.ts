import { randomUUID } from 'node:crypto';
import type { AuditContext } from '../audit/audit.ts';
import { hashOfSecret, randomSecret } from '../random-secret.ts';
import type { NewClient } from './client-schema.ts';
import type { Client, ClientStore } from './client-store.ts';

/** A client and its secret, which is shown this once; none for a public client. */
export interface RegisteredClient {
  readonly client: Client;
  readonly secret: string | undefined;
}

/** @throws {ProblemError} as `ClientStore.create`. */
export async function registerClient(
  clients: Pick<ClientStore, 'create'>,
  { client_id: id = randomUUID(), ...metadata }: NewClient,
  context: AuditContext,
): Promise<RegisteredClient> {
  const secret = metadata.token_endpoint_auth_method === 'none' ? undefined : randomSecret();
  const secretHash = secret === undefined ? null : hashOfSecret(secret);
  return { client: await clients.create({ id, secretHash, metadata }, context), secret };
}

/** A new secret in place of the one before. @throws {ProblemError} as `ClientStore.setSecret`. */
export async function rotateSecret(
  clients: Pick<ClientStore, 'setSecret'>,
  id: string,
  context: AuditContext,
): Promise<RegisteredClient> {
  const secret = randomSecret();
  return { client: await clients.setSecret(id, hashOfSecret(secret), context), secret };
}
