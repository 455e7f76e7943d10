/** Who acts, for the audit log. */
export interface AuditContext {
  /** A user's UUID; null when the platform itself acts. */
  readonly actor: string | null;
  readonly requestId?: string;
}
