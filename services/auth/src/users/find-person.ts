import { z } from 'zod';
import type { AccountStore } from '../accounts/account-store.ts';
import { normalizeEmail } from './email.ts';
import type { User } from './user.ts';
import type { UserStore } from './user-store.ts';

const uuid = z.uuid();

/** The person whom an administrator names: by id, by the address of a local account, or by username. */
export async function findPerson(
  name: string,
  { users, accounts }: { readonly users: UserStore; readonly accounts: Pick<AccountStore, 'findLocal'> },
): Promise<User | undefined> {
  if (uuid.safeParse(name).success) return users.find(name);
  if (!name.includes('@')) return users.findByUsername(name);
  const account = await accounts.findLocal(normalizeEmail(name));
  return account && users.find(account.userId);
}
