import { randomUUID } from 'node:crypto';
import { findPhrases, problem } from '@flyloft/common';
import { idhashOf, normalizeEmail, randomIdhash } from '../users/email.ts';
import type { User } from '../users/user.ts';
import type { NewUser } from '../users/user-store.ts';
import { freeUsername, usernameStem } from '../users/username.ts';
import { lockUntilCommit, type Queries } from './database.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';
import { readWordList } from './words.ts';

/** A person to be made, with the one identity to begin with. */
export interface NewPerson {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly avatarUrl: string | null;
  /** What the idhash is made of: an address that is known to be the person's, or none. */
  readonly idhashFrom: string | null;
  /** What the username is made of: an address, or another system's user name. */
  readonly usernameFrom: string;
  readonly roles: readonly string[];
  readonly identity: {
    readonly provider: string;
    readonly subject: string;
    readonly login?: string;
    readonly passwordHash?: string | null;
    readonly email?: string | null;
    readonly emailVerified?: boolean;
  };
}

async function chooseIdhash(queries: Queries, email: string | null): Promise<string> {
  if (email === null) return randomIdhash();
  const idhash = idhashOf(email);
  const taken = await queries.user.findUnique({ where: { idhash }, select: { id: true } });
  return taken ? randomIdhash() : idhash;
}

/** A free username made of an address or another system's user name. The transaction must hold `lockUsers`. */
export async function chooseUsername(queries: Queries, from: string): Promise<string> {
  const stem = usernameStem(from);
  const rows = await queries.user.findMany({
    where: { username: { startsWith: stem } },
    select: { username: true },
  });
  const taken = new Set(rows.map(({ username }) => username));
  return freeUsername(stem, (name) => taken.has(name));
}

/** Whose local account signs in with this address. */
export function ownerOfLogin(queries: Queries, login: string): Promise<{ userId: string } | null> {
  return queries.identity.findUnique({ where: { login }, select: { userId: true } });
}

async function refuseTakenLogin(queries: Queries, login: string): Promise<void> {
  if (await ownerOfLogin(queries, login))
    throw problem('conflict', 'A local account has this e-mail address already');
}

/** @throws {ProblemError} 400 naming the roles that do not exist. */
export async function refuseUnknownRoles(queries: Queries, roles: readonly string[]): Promise<void> {
  const known = await queries.role.findMany({ where: { name: { in: [...roles] } }, select: { name: true } });
  const unknown = roles.filter((role) => !known.some(({ name }) => name === role));
  if (unknown.length === 0) return;
  const detail = `There is no role "${unknown.join('", "')}"`;
  throw problem('invalid_parameter', detail, { errors: [{ pointer: '/roles', detail }] });
}

/** People are made one after the other: names, hashes and addresses are chosen among those not taken. */
export function lockUsers(queries: Queries): Promise<void> {
  return lockUntilCommit(queries, 'users');
}

/** A person with one identity. The transaction must hold `lockUsers`. */
export async function insertPerson(queries: Queries, person: NewPerson): Promise<User> {
  const { id, name, email, emailVerified, avatarUrl, roles, identity } = person;
  // Nobody chose the username, so nobody is refused for it.
  const isListed = findPhrases(usernameStem(person.usernameFrom), await readWordList(queries)).length > 0;
  const row = await queries.user.create({
    data: {
      ...{ id, name, email, emailVerified, avatarUrl },
      idhash: await chooseIdhash(queries, person.idhashFrom),
      username: await chooseUsername(queries, isListed ? '' : person.usernameFrom),
      roles: { create: roles.map((role) => ({ role })) },
      identities: { create: identity },
    },
    include: WITH_USER_DETAILS,
  });
  return userOf(row);
}

/**
 * A person with a local account. The transaction must hold `lockUsers`.
 * @throws {ProblemError} 409 when a local account has the address; 400 for a role that does not exist.
 */
export async function insertUser(
  queries: Queries,
  user: NewUser,
  login = normalizeEmail(user.email),
): Promise<User> {
  const roles = [...new Set(user.roles)];
  await refuseUnknownRoles(queries, roles);
  await refuseTakenLogin(queries, login);
  const id = randomUUID();
  return insertPerson(queries, {
    id,
    name: user.name ?? null,
    email: user.email,
    emailVerified: false,
    avatarUrl: null,
    idhashFrom: user.unproven ? null : user.email,
    usernameFrom: user.email,
    roles,
    identity: { provider: 'local', subject: id, login, passwordHash: user.passwordHash ?? null },
  });
}
