import { problem } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import type { Page, Paged } from '../routes/paging.ts';
import { isAdministrator, type User } from './user.ts';

export interface Suspension {
  readonly until: Date;
  readonly reason: string;
}

export interface PermissionDescription {
  readonly name: string;
  readonly description: string;
}

export interface RoleDescription {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
}

/** Who changes somebody: administrators may be changed by administrators alone. */
export interface Actor extends AuditContext {
  readonly isAdministrator: boolean;
}

/** @throws {ProblemError} 403 for an administrator, by others. */
export function refuseHigher(user: User, { isAdministrator: mayAll }: Actor): void {
  if (!isAdministrator(user) || mayAll) return;
  throw problem('permission_denied', 'Only administrators may do this to an administrator');
}

/** Which people; all that is given must hold. */
export interface PeopleFilter {
  /** Part of the name, username or e-mail address. */
  readonly text?: string | undefined;
  readonly role?: string | undefined;
}

/** What is to be changed of a person; what is left out stays. */
export interface PersonChange {
  readonly name?: string | null | undefined;
  /** Unlike the owner, who has one change, an administrator may do it at any time. */
  readonly username?: string | undefined;
  /** Also what a local account signs in with; counts as not verified. */
  readonly email?: string | undefined;
}

export interface UserAdministration {
  /** By username. */
  readonly list: (filter: PeopleFilter, page: Page) => Promise<Paged<User>>;
  /**
   * All of a change, or nothing of it.
   * @throws {ProblemError} 404; 403 for an administrator, by others; 409 for a name or address that is taken.
   */
  readonly change: (id: string, change: PersonChange, actor: Actor) => Promise<User>;
  /**
   * The person, ways to sign in, sessions, tokens and rows of permissions; not the audit log.
   * @throws {ProblemError} 404; 403 for an administrator, by others; 409 for the last administrator.
   */
  readonly remove: (id: string, now: Date, actor: Actor) => Promise<void>;
  /**
   * Takes effect at auth at once, and in services' tokens within a minute where rights were taken.
   * @throws {ProblemError} 404; 400 for a role that does not exist; 403 where others than administrators
   *   would make or unmake one; 409 for the last administrator.
   */
  readonly setRoles: (id: string, roles: readonly string[], actor: Actor) => Promise<User>;
  /**
   * Ends every session and refuses every token until then; over by itself when the date has passed.
   * @throws {ProblemError} 404; 403 for an administrator, by others; 409 for the last administrator.
   */
  readonly suspend: (id: string, suspension: Suspension, now: Date, actor: Actor) => Promise<void>;
  /** @throws {ProblemError} 404 when nobody has the id, or is not suspended. */
  readonly lift: (id: string, now: Date, actor: Actor) => Promise<void>;
  readonly roles: () => Promise<readonly RoleDescription[]>;
  /** Makes a role or changes it. @throws {ProblemError} 400 for a permission that does not exist. */
  readonly putRole: (role: RoleDescription, context: AuditContext) => Promise<RoleDescription>;
  /** @throws {ProblemError} 404; 409 while somebody has the role. */
  readonly removeRole: (name: string, context: AuditContext) => Promise<void>;
  /** Everything that roles can hold. */
  readonly permissions: () => Promise<readonly PermissionDescription[]>;
}
