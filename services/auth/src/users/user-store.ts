import type { AuditContext } from '../audit/audit.ts';
import type { NewLink } from '../links/one-time-link.ts';
import type { User } from './user.ts';

export interface NewUser {
  readonly email: string;
  readonly name?: string | undefined;
  readonly passwordHash?: string | undefined;
  readonly roles: readonly string[];
  /** Nobody vouches that the address is theirs: it then makes no idhash, which may name somebody's folders. */
  readonly unproven?: boolean;
}

export interface UserStore {
  readonly find: (id: string) => Promise<User | undefined>;
  readonly findByIdhash: (idhash: string) => Promise<User | undefined>;
  /** Without regard to case. */
  readonly findByUsername: (username: string) => Promise<User | undefined>;
  /**
   * Makes a person with a local account and a one-time link, if one is given, all or nothing.
   * @throws {ProblemError} 409 when a local account has the address; 400 for a role that does not exist.
   */
  readonly create: (user: NewUser, link: NewLink | undefined, context: AuditContext) => Promise<User>;
  /**
   * The same, for somebody who is not to learn whether the address was free: undefined where a local account has it,
   * after the same work.
   */
  readonly register: (user: NewUser, link: NewLink, context: AuditContext) => Promise<User | undefined>;
}
