import type { AuditContext } from '../audit/audit.ts';
import type { Page, Paged } from '../routes/paging.ts';
import type { ClientMetadata } from './client-schema.ts';

/** A program that asks for tokens (RFC 6749 section 1.1). */
export interface Client {
  readonly id: string;
  /** SHA-256; null for a public client. */
  readonly secretHash: Uint8Array | null;
  readonly metadata: ClientMetadata;
  readonly createdAt: Date;
}

export interface NewStoredClient {
  readonly id: string;
  readonly secretHash: Uint8Array<ArrayBuffer> | null;
  readonly metadata: ClientMetadata;
}

export interface ClientStore {
  /** By id. */
  readonly list: (page: Page) => Promise<Paged<Client>>;
  readonly find: (id: string) => Promise<Client | undefined>;
  /** @throws {ProblemError} 409 when the id is taken; 400 for an application that does not exist. */
  readonly create: (client: NewStoredClient, context: AuditContext) => Promise<Client>;
  /**
   * Replaces the metadata. A secret is kept, unless the client becomes public.
   * @throws {ProblemError} 404; 400 for an application that does not exist; 409 for a secret without one.
   */
  readonly replace: (id: string, metadata: ClientMetadata, context: AuditContext) => Promise<Client>;
  /** The secret before works no longer. @throws {ProblemError} 404; 409 for a public client. */
  readonly setSecret: (
    id: string,
    secretHash: Uint8Array<ArrayBuffer>,
    context: AuditContext,
  ) => Promise<Client>;
  /** Its tokens go with it. @throws {ProblemError} 404. */
  readonly remove: (id: string, context: AuditContext) => Promise<void>;
}
