import type { AuditContext } from '../audit/audit.ts';
import type { Page, Paged } from '../routes/paging.ts';

/** What a person said yes to: `profile`, or `urn:flyloft:data-sets read` for a scope of a resource. */
export interface Consent {
  readonly clientId: string;
  readonly clientName: string;
  /** The application that the client belongs to. */
  readonly app: { readonly slug: string; readonly name: string; readonly url: string } | null;
  readonly scopes: readonly string[];
  readonly grantedAt: Date;
}

export interface ConsentStore {
  readonly find: (userId: string, clientId: string) => Promise<readonly string[]>;
  /** Adds to what was said before. */
  readonly add: (
    userId: string,
    clientId: string,
    scopes: readonly string[],
    context: AuditContext,
  ) => Promise<void>;
  /** The latest first. */
  readonly list: (userId: string, page: Page) => Promise<Paged<Consent>>;
  /** Ends all that the client holds of the person; false when there is no such consent. */
  readonly revoke: (userId: string, clientId: string, context: AuditContext) => Promise<boolean>;
}
