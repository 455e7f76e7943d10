import type { AuditContext } from '../audit/audit.ts';
import type { Page, Paged } from '../routes/paging.ts';
import type { User } from '../users/user.ts';
import type { App, AppChange, AppRole, NewApp } from './app.ts';

/** Somebody's role in an application, and whether it was given to them or is the default. */
export interface AppRoleEntry {
  readonly user: User;
  readonly role: AppRole;
}

export interface AppStore {
  /** By slug. */
  readonly list: (page: Page) => Promise<Paged<App>>;
  readonly find: (slug: string) => Promise<App | undefined>;
  /** @throws {ProblemError} 409 when the slug is taken. */
  readonly create: (app: NewApp, context: AuditContext) => Promise<App>;
  /** @throws {ProblemError} 404. */
  readonly change: (slug: string, change: AppChange, context: AuditContext) => Promise<App>;
  /** Its clients and their tokens go with it. @throws {ProblemError} 404. */
  readonly remove: (slug: string, context: AuditContext) => Promise<void>;
  /** The role that was given to a person there; undefined: none. See `roleIn` for what it comes to. */
  readonly roleGiven: (slug: string, userId: string) => Promise<AppRole | undefined>;
  /** The roles that were given, by username. @throws {ProblemError} 404. */
  readonly roles: (slug: string, page: Page) => Promise<Paged<AppRoleEntry>>;
  /** `no access` ends what the application holds of the person. @throws {ProblemError} 404 for app or person. */
  readonly setRole: (slug: string, userId: string, role: AppRole, context: AuditContext) => Promise<void>;
}
