import type { AuditContext } from '../audit/audit.ts';
import type { User } from '../users/user.ts';

interface StoredToken {
  readonly id: string;
  readonly secretHash: Uint8Array;
  readonly scopes: readonly string[];
  readonly startUp: boolean;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  readonly user: User;
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
  /** Remembers that a token was used; within a minute of the last time it does nothing. */
  readonly markUsed: (id: string, now: Date) => Promise<void>;
}
