import type { AuditContext } from '../audit/audit.ts';
import type { Page, Paged } from '../routes/paging.ts';
import type { User } from './user.ts';

export interface Suspension {
  readonly until: Date;
  readonly reason: string;
}

export interface RoleDescription {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
}

/** Who changes somebody: administrators may be changed by administrators alone. */
export interface Actor extends AuditContext {
  readonly actor: string;
  readonly isAdministrator: boolean;
}

export interface UserAdministration {
  /** People whose name, username or e-mail address holds the text, by username. */
  readonly list: (text: string | undefined, page: Page) => Promise<Paged<User>>;
  /**
   * Takes effect at auth at once, and in services' tokens within a minute where rights were taken.
   * @throws {ProblemError} 404; 400 for a role that does not exist; 409 for the last administrator.
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
}
