import { plainText } from '../plain-text.ts';

/** What a person is called. */
export const nameSchema = plainText(200);

/** A person, with everything that other parts of auth decide by. */
export interface User {
  /** A UUID; the `sub` of tokens. */
  readonly id: string;
  /** 32 hex digits that never change; the `userid` of the kept contracts and of service tokens. */
  readonly idhash: string;
  readonly username: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly avatarUrl: string | null;
  /** Null until the owner has used the one change. */
  readonly usernameChangedAt: Date | null;
  readonly joinDate: Date;
  /** `<provider>:<subject>` of the oldest identity. */
  readonly providerId: string | null;
  readonly roles: readonly string[];
  /** What the roles hold together. */
  readonly permissions: ReadonlySet<string>;
  /** Shut out until then, when that is not over. */
  readonly suspendedUntil: Date | null;
}

export const ADMINISTRATOR_ROLE = 'admin';

/** What a suspension makes of a person; it is given by that alone, never as a role. */
export const SUSPENDED_ROLE = 'suspended';

/** What a person is whose e-mail address is verified. */
export const USER_ROLE = 'user';

/** What a person is until the e-mail address is verified (auth.md A3). */
export const NEW_USER_ROLE = 'new user';

export function isSuspended({ suspendedUntil }: User, now: Date): boolean {
  return suspendedUntil !== null && suspendedUntil > now;
}

export function isAdministrator(user: User): boolean {
  return user.roles.includes(ADMINISTRATOR_ROLE);
}
