import type { AuditContext } from '../audit/audit.ts';
import type { Page, Paged } from '../routes/paging.ts';
import type { Permissions } from './service-permissions.ts';

/** Whose row it is: an idhash, or `*` for everyone. */
export const EVERYONE = '*';

export interface PermissionRow {
  readonly userid: string;
  readonly permissions: Permissions;
  /** Null for everyone. */
  readonly username: string | null;
}

/** What is written down of who may do what at a service. */
export interface ServiceAdministration {
  /** The row of everyone first, then by idhash. */
  readonly list: (service: string, page: Page) => Promise<Paged<PermissionRow>>;
  /**
   * Makes a row or replaces it. Tokens that say otherwise are refused within a minute; of everyone's row,
   * they are when they end.
   * @throws {ProblemError} 404 when nobody has the idhash.
   */
  readonly put: (
    service: string,
    userid: string,
    permissions: Permissions,
    context: AuditContext,
  ) => Promise<PermissionRow>;
  /** @throws {ProblemError} 404 when there is no such row. */
  readonly remove: (service: string, userid: string, context: AuditContext) => Promise<void>;
}
