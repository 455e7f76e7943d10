import { isStorable } from '../plain-text.ts';
import type { UserStore } from '../users/user-store.ts';
import { writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import { insertUser, lockUsers } from './insert-user.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';
import { refuseListedWords } from './words.ts';

export function createUserStore(database: Database): UserStore {
  return {
    find: async (id) => {
      const row = await database.user.findUnique({ where: { id }, include: WITH_USER_DETAILS });
      return row ? userOf(row) : undefined;
    },
    findByIdhash: async (idhash) => {
      const row = await database.user.findUnique({ where: { idhash }, include: WITH_USER_DETAILS });
      return row ? userOf(row) : undefined;
    },
    findByUsername: async (username) => {
      if (!isStorable(username)) return undefined;
      const where = { username: username.toLowerCase() };
      const row = await database.user.findUnique({ where, include: WITH_USER_DETAILS });
      return row ? userOf(row) : undefined;
    },
    create: (newUser, link, context) =>
      database.$transaction(async (queries) => {
        await lockUsers(queries);
        await refuseListedWords(queries, { '/name': newUser.name });
        const user = await insertUser(queries, newUser);
        if (link) await queries.oneTimeLink.create({ data: { ...link, userId: user.id } });
        const details = { roles: user.roles, password: newUser.passwordHash !== undefined };
        await writeAudit(queries, context, { action: 'user.created', target: user.id, details });
        return user;
      }),
  };
}
