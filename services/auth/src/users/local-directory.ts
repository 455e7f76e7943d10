import { problem } from '@flyloft/common';
import type { AccountStore } from '../accounts/account-store.ts';
import {
  linkToHandOn,
  linkToMail,
  type RecoveryDependencies,
  type RecoveryLink,
} from '../links/recovery-link.ts';
import type { Delivery, Directory } from './directory.ts';
import { hashPassword } from './password.ts';
import type { UserAdministration } from './user-administration.ts';
import type { UserStore } from './user-store.ts';

export interface DirectoryParts extends RecoveryDependencies {
  readonly users: UserStore;
  readonly accounts: AccountStore;
  readonly people: UserAdministration;
}

const recoveryOf = ({ url, link }: RecoveryLink) => ({ url, code: null, expiresAt: link.expiresAt });

/** People with accounts of our own. */
export function createLocalDirectory(parts: DirectoryParts): Directory {
  const { users, accounts, people } = parts;
  const linkOf = (delivery: Delivery, email: string | null, occasion: 'invitation' | 'recovery') =>
    delivery === 'mail' ? linkToMail(parts, email, occasion) : linkToHandOn(parts);
  return {
    create: async ({ password, ...person }, delivery, actor) => {
      const link = delivery && linkOf(delivery, person.email, 'invitation');
      const passwordHash = password === undefined ? undefined : await hashPassword(password);
      const user = await users.create({ ...person, passwordHash }, link?.link, actor);
      await link?.mail();
      return { user, recovery: link && recoveryOf(link) };
    },
    recover: async (user, { delivery, by }, actor) => {
      if (by === 'code')
        throw problem('bad_request', 'There are codes only for people who sign in at Ory Kratos');
      const link = linkOf(delivery, user.email, 'recovery');
      await accounts.createLink(user.id, link.link, actor);
      await link.mail();
      return recoveryOf(link);
    },
    change: people.change,
    keepsPasswordElsewhere: () => Promise.resolve(false),
    refresh: () => Promise.resolve(),
  };
}
