import type { AuditContext } from '../audit/audit.ts';
import type { NewLink } from '../links/one-time-link.ts';
import type { User } from '../users/user.ts';

/** An account with an e-mail address and a password. */
export interface LocalAccount {
  readonly userId: string;
  /** Null until a password is set. */
  readonly passwordHash: string | null;
}

/** A one-time link that is good. */
export interface OpenLink {
  readonly userId: string;
  readonly email: string | null;
}

/** What a person changes of their own; what is left out stays. */
export interface OwnChange {
  readonly name?: string | null | undefined;
  readonly avatarUrl?: string | null | undefined;
  readonly username?: string | undefined;
  /** Stored for an address that is to be verified. */
  readonly emailLink?: NewLink | undefined;
}

/** What people change about their own accounts. */
export interface AccountStore {
  /** By the address in the form in which addresses are compared. */
  readonly findLocal: (login: string) => Promise<LocalAccount | undefined>;
  readonly findLocalOf: (userId: string) => Promise<LocalAccount | undefined>;
  /** Keeps a hash that was made anew of the same password, while the old one is still there. */
  readonly rehash: (userId: string, old: string, passwordHash: string) => Promise<void>;
  /**
   * Sets the password; all sessions but one end.
   * @throws {ProblemError} 409 when there is no local account yet, and none can be made of the address.
   */
  readonly setPassword: (
    userId: string,
    passwordHash: string,
    keepSession: string | undefined,
    now: Date,
    context: AuditContext,
  ) => Promise<void>;
  readonly createLink: (userId: string, link: NewLink, context: AuditContext) => Promise<void>;
  /** Looks, and uses nothing up. */
  readonly findLink: (
    tokenHash: Uint8Array<ArrayBuffer>,
    purpose: NewLink['purpose'],
    now: Date,
  ) => Promise<OpenLink | undefined>;
  /** Uses up a recovery link and sets the password, both or neither; all sessions end. */
  readonly recover: (
    tokenHash: Uint8Array<ArrayBuffer>,
    passwordHash: string,
    now: Date,
    requestId: string,
  ) => Promise<string | undefined>;
  /**
   * Uses up an `email` link: its address is the person's from now on.
   * @throws {ProblemError} 409 when another local account has the address.
   */
  readonly verifyEmail: (
    tokenHash: Uint8Array<ArrayBuffer>,
    now: Date,
    requestId: string,
  ) => Promise<string | undefined>;
  /**
   * Makes all of a change, or nothing of it.
   * @throws {ProblemError} 409 when the username is taken, or was changed before.
   */
  readonly change: (userId: string, change: OwnChange, now: Date, context: AuditContext) => Promise<User>;
  /** Everything that is kept of a person, without secrets. */
  readonly exportOf: (userId: string) => Promise<Readonly<Record<string, unknown>>>;
  /** @throws {ProblemError} 409 for the last administrator. */
  readonly remove: (userId: string, context: AuditContext) => Promise<void>;
}
