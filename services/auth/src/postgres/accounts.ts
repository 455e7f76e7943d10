import { problem } from '@flyloft/common';

import type { AccountStore, OwnChange } from '../accounts/account-store.ts';
import type { AuditContext } from '../audit/audit.ts';
import type { NewLink } from '../links/one-time-link.ts';
import { isStorable } from '../plain-text.ts';
import { normalizeEmail } from '../users/email.ts';
import { ADMINISTRATOR_ROLE } from '../users/user.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { exportOf } from './export-person.ts';
import { lockUsers } from './insert-user.ts';
import { endOutsideSessions } from './outside-sessions.ts';
import { removePerson } from './remove-person.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';
import { refuseListedWords } from './words.ts';

const LOCAL = 'local';

/** Sets the password of the local account; makes the account of a person who had none. */
async function storePassword(queries: Queries, userId: string, passwordHash: string): Promise<void> {
  const { count } = await queries.identity.updateMany({
    where: { userId, provider: LOCAL },
    data: { passwordHash },
  });
  if (count > 0) return;
  await lockUsers(queries);
  const { email, emailVerified } = await queries.user.findUniqueOrThrow({ where: { id: userId } });
  if (email === null || !emailVerified) {
    throw problem('conflict', 'A password needs a verified e-mail address to sign in with: add one first');
  }
  await refuseTaken(queries, normalizeEmail(email), userId);
  const login = normalizeEmail(email);
  await queries.identity.create({ data: { provider: LOCAL, subject: userId, userId, login, passwordHash } });
}

async function refuseTaken(queries: Queries, login: string, userId: string): Promise<void> {
  const taken = await queries.identity.findUnique({ where: { login }, select: { userId: true } });
  if (taken && taken.userId !== userId)
    throw problem('conflict', 'Another account signs in with this e-mail address');
}

/** Of two requests at once, one finds the link unused. */
async function takeLink(queries: Queries, tokenHash: Uint8Array<ArrayBuffer>, purpose: string, now: Date) {
  const where = { tokenHash, purpose, usedAt: null, expiresAt: { gt: now } };
  const [link] = await queries.oneTimeLink.updateManyAndReturn({ where, data: { usedAt: now } });
  return link;
}

/** Ends what a person is signed in to: sessions but one, and at other applications everything. */
async function endSessions(queries: Queries, userId: string, keep: string | undefined, now: Date) {
  const where = { userId, revokedAt: null, ...(keep ? { id: { not: keep } } : {}) };
  await queries.session.updateMany({ where, data: { revokedAt: now } });
  await queries.oidcRecord.deleteMany({ where: { userId } });
  if (keep === undefined) await endOutsideSessions(queries, userId);
}

/** A link that was mailed to the person's address has proved it. */
async function proveEmail(queries: Queries, userId: string, email: string | null): Promise<void> {
  if (email === null) return;
  const where = { id: userId, email: { equals: email, mode: 'insensitive' as const } };
  await queries.user.updateMany({ where, data: { emailVerified: true } });
}

async function storeLink(
  queries: Queries,
  userId: string,
  link: NewLink,
  context: AuditContext,
): Promise<void> {
  await queries.oneTimeLink.create({ data: { ...link, userId } });
  const details = { purpose: link.purpose };
  await writeAudit(queries, context, { action: 'link.created', target: userId, details });
}

/** @throws {ProblemError} 404 when the account was deleted meanwhile. */
async function lockPerson(queries: Queries, userId: string): Promise<void> {
  const found = await queries.$executeRaw`SELECT id FROM auth.users WHERE id = ${userId}::uuid FOR UPDATE`;
  if (found === 0) throw problem('not_found', 'The account is deleted');
}

async function changeProfile(
  queries: Queries,
  userId: string,
  { name, avatarUrl }: Pick<OwnChange, 'name' | 'avatarUrl'>,
  context: AuditContext,
): Promise<void> {
  const data = {
    ...(name === undefined ? {} : { name }),
    ...(avatarUrl === undefined ? {} : { avatarUrl }),
  };
  const fields = Object.keys(data);
  if (fields.length === 0) return;
  await queries.user.update({ where: { id: userId }, data });
  await writeAudit(queries, context, { action: 'profile.changed', target: userId, details: { fields } });
}

/**
 * The transaction must hold `lockUsers`.
 * @throws {ProblemError} 409 when it is taken, or was changed before.
 */
async function changeUsername(
  queries: Queries,
  userId: string,
  username: string,
  now: Date,
  context: AuditContext,
): Promise<void> {
  const taken = await queries.user.findUnique({ where: { username }, select: { id: true } });
  if (taken && taken.id !== userId) throw problem('conflict', 'This username is taken');
  const where = { id: userId, usernameChangedAt: null };
  const { count } = await queries.user.updateMany({ where, data: { username, usernameChangedAt: now } });
  if (count === 0) throw problem('conflict', 'Cannot modify username, already set');
  const details = { username };
  await writeAudit(queries, context, { action: 'username.changed', target: userId, details });
}

export function createAccountStore(database: Database): AccountStore {
  const findLocal = async (where: { login: string } | { userId: string }) => {
    const row = await database.identity.findFirst({ where: { provider: LOCAL, ...where } });
    return row ? { userId: row.userId, passwordHash: row.passwordHash } : undefined;
  };
  return {
    findLocal: async (login) => (isStorable(login) ? findLocal({ login }) : undefined),
    findLocalOf: (userId) => findLocal({ userId }),
    rehash: async (userId, old, passwordHash) => {
      const where = { userId, provider: LOCAL, passwordHash: old };
      await database.identity.updateMany({ where, data: { passwordHash } });
    },
    setPassword: (userId, passwordHash, keepSession, now, context) =>
      database.$transaction(async (queries) => {
        await storePassword(queries, userId, passwordHash);
        await endSessions(queries, userId, keepSession, now);
        await writeAudit(queries, context, { action: 'password.set', target: userId });
      }),
    createLink: (userId, link, context) =>
      database.$transaction((queries) => storeLink(queries, userId, link, context)),
    findLink: async (tokenHash, purpose, now) => {
      const where = { tokenHash, purpose, usedAt: null, expiresAt: { gt: now } };
      const row = await database.oneTimeLink.findFirst({ where });
      return row ? { userId: row.userId, email: row.email } : undefined;
    },
    recover: (tokenHash, passwordHash, now, requestId) =>
      database.$transaction(async (queries) => {
        const link = await takeLink(queries, tokenHash, 'recovery', now);
        if (link === undefined) return undefined;
        const { userId } = link;
        await proveEmail(queries, userId, link.email);
        await storePassword(queries, userId, passwordHash);
        await endSessions(queries, userId, undefined, now);
        const event = { action: 'password.recovered', target: userId } as const;
        await writeAudit(queries, { actor: userId, requestId }, event);
        return userId;
      }),
    verifyEmail: (tokenHash, now, requestId) =>
      database.$transaction(async (queries) => {
        const link = await takeLink(queries, tokenHash, 'email', now);
        if (!link?.email) return undefined;
        const { userId, email } = link;
        await lockUsers(queries);
        await refuseTaken(queries, normalizeEmail(email), userId);
        await queries.identity.updateMany({
          where: { userId, provider: LOCAL },
          data: { login: normalizeEmail(email) },
        });
        await queries.user.update({ where: { id: userId }, data: { email, emailVerified: true } });
        await writeAudit(queries, { actor: userId, requestId }, { action: 'email.verified', target: userId });
        return userId;
      }),
    change: (userId, { username, emailLink, ...profile }, now, context) =>
      database.$transaction(async (queries) => {
        if (username !== undefined) await lockUsers(queries);
        await lockPerson(queries, userId);
        await refuseListedWords(queries, { '/name': profile.name, '/username': username });
        if (username !== undefined) await changeUsername(queries, userId, username, now, context);
        await changeProfile(queries, userId, profile, context);
        if (emailLink !== undefined) await storeLink(queries, userId, emailLink, context);
        return userOf(
          await queries.user.findUniqueOrThrow({ where: { id: userId }, include: WITH_USER_DETAILS }),
        );
      }),
    exportOf: (userId) => exportOf(database, userId),
    remove: (userId, context) =>
      database.$transaction(async (queries) => {
        await lockUsers(queries);
        const administrators = await queries.userRole.findMany({ where: { role: ADMINISTRATOR_ROLE } });
        if (administrators.length === 1 && administrators[0]?.userId === userId) {
          throw problem('conflict', 'You are the last administrator: make somebody else one first');
        }
        await lockPerson(queries, userId);
        await removePerson(queries, userId, context);
      }),
  };
}
