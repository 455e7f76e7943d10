import type { AuditContext } from '../audit/audit.ts';
import type { User } from '../users/user.ts';

/** A token with its person. */
export interface StoredToken {
  readonly id: string;
  readonly secretHash: Uint8Array;
  readonly scopes: readonly string[];
  readonly startUp: boolean;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly user: User;
}

/** A token as its owner sees it. */
export interface TokenSummary {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly lastUsedAt: Date | null;
}

interface NewStoredToken {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly secretHash: Uint8Array<ArrayBuffer>;
  readonly scopes: readonly string[];
  readonly expiresAt: Date;
}

export interface TokenStore {
  readonly find: (id: string) => Promise<StoredToken | undefined>;
  readonly create: (token: NewStoredToken, context: AuditContext) => Promise<void>;
  /** A person's own that still work, newest first. */
  readonly list: (userId: string, now: Date) => Promise<readonly TokenSummary[]>;
  /** False when the person has no such token, or it was revoked before. */
  readonly revoke: (userId: string, id: string, now: Date, context: AuditContext) => Promise<boolean>;
  /** Remembers that a token was used; within a minute of the last time it does nothing. */
  readonly markUsed: (id: string, now: Date) => Promise<void>;
}
