import type { AuditContext } from '../audit/audit.ts';
import type { LiveSession } from '../sessions/session.ts';

/** Our session of one at Kratos, whether it is live or not. */
export interface KeptSession {
  readonly session: LiveSession;
  readonly lastSeenAt: Date;
  /** When it ended here. */
  readonly revokedAt: Date | null;
}

export interface NewKratosSession {
  readonly kratosId: string;
  readonly identityId: string;
  readonly userId: string;
  readonly expiresAt: Date;
  readonly authenticatedAt: Date;
  readonly userAgent: string | null;
}

export interface KratosTask {
  readonly kind: 'end-session' | 'end-sessions' | 'delete-identity';
  /** Of a session or an identity at Kratos. */
  readonly subject: string;
  readonly attempts: number;
}

/** What was done with Kratos' help, for the audit log. */
export interface KratosEvent {
  readonly action: 'link.created';
  readonly target: string;
  readonly details: Readonly<Record<string, string>>;
}

export interface KratosStore {
  readonly findSession: (kratosId: string) => Promise<KeptSession | undefined>;
  /** Opens a session of ours; of two requests at once both get the same one. */
  readonly openSession: (session: NewKratosSession, now: Date, requestId: string) => Promise<LiveSession>;
  /** Kratos says that it is active, until then, and since when the person has proved who they are. */
  readonly confirmSession: (
    id: string,
    confirmed: Pick<LiveSession, 'authenticatedAt' | 'expiresAt'>,
    now: Date,
  ) => Promise<void>;
  /** Whether the person of an identity was deleted here. */
  readonly isDeleted: (identityId: string) => Promise<boolean>;
  /** Those of these identities that nobody here has, and nobody had. */
  readonly unknownOf: (identityIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** The identity by which a person signs in at Kratos. */
  readonly identityOf: (userId: string) => Promise<string | undefined>;
  readonly record: (event: KratosEvent, context: AuditContext) => Promise<void>;
}
