import type { User } from '../users/user.ts';

/** A person as modules of the operator see them: a frozen copy. `id` is the idhash, as tokens have it. */
export interface Person {
  readonly id: string;
  readonly uuid: string;
  readonly username: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly avatar_url: string | null;
}

export function personOf({ id, idhash, username, name, email, avatarUrl }: User): Person {
  return Object.freeze({ id: idhash, uuid: id, username, name, email, avatar_url: avatarUrl });
}
