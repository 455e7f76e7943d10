import { randomUUID } from 'node:crypto';
import type { AuditContext } from '../audit/audit.ts';
import type { NewLink } from '../links/one-time-link.ts';
import { isStorable } from '../plain-text.ts';
import { normalizeEmail } from '../users/email.ts';
import type { User } from '../users/user.ts';
import type { NewUser, UserStore } from '../users/user-store.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { insertUser, lockUsers, ownerOfLogin } from './insert-user.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';
import { refuseListedWords } from './words.ts';

/** The transaction must hold `lockUsers`. */
async function insertWithLink(
  queries: Queries,
  newUser: NewUser,
  link: NewLink | undefined,
  login?: string,
): Promise<User> {
  const user = await insertUser(queries, newUser, login);
  if (link) await queries.oneTimeLink.create({ data: { ...link, userId: user.id } });
  return user;
}

const writeCreated = (queries: Queries, newUser: NewUser, user: User, context: AuditContext) => {
  const details = { roles: user.roles, password: newUser.passwordHash !== undefined };
  return writeAudit(queries, context, { action: 'user.created', target: user.id, details });
};

/**
 * Where the address is taken the same statements make a person with another one, who is taken back at once: the time
 * that it takes tells nothing (auth.md D20).
 */
async function registerOrPretend(
  queries: Queries,
  newUser: NewUser,
  link: NewLink,
  context: AuditContext,
): Promise<User | undefined> {
  const login = normalizeEmail(newUser.email);
  const owner = await ownerOfLogin(queries, login);
  await queries.$executeRaw`SAVEPOINT person`;
  const user = await insertWithLink(queries, newUser, link, owner ? randomUUID() : login);
  if (owner === null) {
    await queries.$executeRaw`RELEASE SAVEPOINT person`;
    await writeCreated(queries, newUser, user, context);
    return user;
  }
  await queries.$executeRaw`ROLLBACK TO SAVEPOINT person`;
  await writeAudit(queries, context, { action: 'registration.refused', target: owner.userId });
  return undefined;
}

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
        const user = await insertWithLink(queries, newUser, link);
        await writeCreated(queries, newUser, user, context);
        return user;
      }),
    register: (newUser, link, context) =>
      database.$transaction(async (queries) => {
        await lockUsers(queries);
        await refuseListedWords(queries, { '/name': newUser.name });
        return registerOrPretend(queries, newUser, link, context);
      }),
  };
}
