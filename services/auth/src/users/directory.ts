import type { User } from './user.ts';
import type { Actor, PersonChange } from './user-administration.ts';
import type { NewUser } from './user-store.ts';

/** What lets a person in who has no password, or forgot it. */
export interface Recovery {
  /** Null: it was mailed, or could not be made. */
  readonly url: string | null;
  /** To be typed in at the link; null: the link is enough. */
  readonly code: string | null;
  readonly expiresAt: Date;
}

export type Delivery = 'hand on' | 'mail';

export interface PersonToMake extends Omit<NewUser, 'passwordHash' | 'unproven'> {
  readonly password?: string | undefined;
}

/** Where people's ways to sign in are kept: here, or at Ory Kratos. */
export interface Directory {
  /**
   * Makes a person; `delivery` undefined: and no link.
   * @throws {ProblemError} 409 for an address that is taken, and where no mail is sent; 400 for unknown roles.
   */
  readonly create: (
    person: PersonToMake,
    delivery: Delivery | undefined,
    actor: Actor,
  ) => Promise<{ readonly user: User; readonly recovery: Recovery | undefined }>;
  /** @throws {ProblemError} 400 for a code where there are none, 404, 409. */
  readonly recover: (
    user: User,
    wanted: { readonly delivery: Delivery; readonly by: 'link' | 'code' },
    actor: Actor,
  ) => Promise<Recovery>;
  /** @throws {ProblemError} as `UserAdministration.change` does. */
  readonly change: (id: string, change: PersonChange, actor: Actor) => Promise<User>;
  /** True when the password is kept elsewhere, and cannot be set here. */
  readonly keepsPasswordElsewhere: (user: User) => Promise<boolean>;
  /** Brings in who was made elsewhere; soon after the last time it does nothing. */
  readonly refresh: () => Promise<void>;
}
