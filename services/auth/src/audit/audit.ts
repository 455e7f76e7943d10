import type { Page, Paged } from '../routes/paging.ts';

/** Who acts, for the audit log. */
export interface AuditContext {
  /** A user's UUID; null when the platform itself acts. */
  readonly actor: string | null;
  readonly requestId?: string;
}

export interface AuditEntry {
  readonly id: string;
  readonly at: Date;
  readonly actor: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly requestId: string | null;
  readonly details: unknown;
}

export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  /** `key.rotated`, or `key.` for all about keys. */
  readonly action?: string | undefined;
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
}

export interface AuditLog {
  /** Newest first. */
  readonly list: (filter: AuditFilter, page: Page) => Promise<Paged<AuditEntry>>;
}
