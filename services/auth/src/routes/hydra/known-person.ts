import { z } from 'zod';
import type { User } from '../../users/user.ts';
import type { UserStore } from '../../users/user-store.ts';

const uuid = z.uuid();

/** The person of a subject that Hydra names; undefined when it is nobody's, or no subject of ours. */
export async function knownPerson(
  users: Pick<UserStore, 'find'>,
  subject: string,
): Promise<User | undefined> {
  return uuid.safeParse(subject).success ? users.find(subject) : undefined;
}
