import { problem } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import { normalizeEmail } from '../users/email.ts';
import type { User } from '../users/user.ts';
import type { PersonChange } from '../users/user-administration.ts';
import { writeAudit } from './audit.ts';
import type { Queries } from './database.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';
import { refuseListedWords } from './words.ts';

async function refuseTakenUsername(queries: Queries, username: string, id: string): Promise<void> {
  const taken = await queries.user.findUnique({ where: { username }, select: { id: true } });
  if (taken && taken.id !== id) throw problem('conflict', 'This username is taken');
}

/** The address of a local account is what it signs in with. */
async function changeLogin(queries: Queries, email: string, userId: string): Promise<void> {
  const login = normalizeEmail(email);
  const taken = await queries.identity.findUnique({ where: { login }, select: { userId: true } });
  if (taken && taken.userId !== userId) {
    throw problem('conflict', 'A local account has this e-mail address already');
  }
  await queries.identity.updateMany({ where: { userId, provider: 'local' }, data: { login } });
}

/**
 * What an administrator changes of a person. A link that was mailed to the address before is worth nothing
 * any more: it would prove the wrong one. The transaction must hold `lockUsers`.
 */
export async function changePerson(
  queries: Queries,
  user: User,
  { name, username, email }: PersonChange,
  context: AuditContext,
): Promise<User> {
  const { id } = user;
  const newEmail = email === undefined || email === user.email ? undefined : email;
  // What was there before the list had the word may stay: forms send all fields.
  await refuseListedWords(queries, {
    '/name': name === user.name ? undefined : name,
    '/username': username === user.username ? undefined : username,
  });
  if (username !== undefined) await refuseTakenUsername(queries, username, id);
  if (newEmail !== undefined) {
    await changeLogin(queries, newEmail, id);
    await queries.oneTimeLink.deleteMany({ where: { userId: id, usedAt: null } });
  }
  const data = {
    ...(name === undefined ? {} : { name }),
    ...(username === undefined ? {} : { username }),
    ...(newEmail === undefined ? {} : { email: newEmail, emailVerified: false }),
  };
  const changed = await queries.user.update({ where: { id }, data, include: WITH_USER_DETAILS });
  const fields = Object.keys(data).filter((field) => field !== 'emailVerified');
  if (fields.length > 0) {
    await writeAudit(queries, context, { action: 'user.changed', target: id, details: { fields } });
  }
  return userOf(changed);
}
