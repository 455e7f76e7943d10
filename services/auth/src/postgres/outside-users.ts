import { randomUUID } from 'node:crypto';
import { problem } from '@flyloft/common';
import type { OutsideUsers } from '../users/outside-users.ts';
import { NEW_USER_ROLE } from '../users/user.ts';
import { writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import { insertPerson, lockUsers } from './insert-user.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';
import { refuseListedWords } from './words.ts';

export function createOutsideUsers(database: Database): OutsideUsers {
  return {
    find: async (provider, subject) => {
      const identity = await database.identity.findUnique({
        where: { provider_subject: { provider, subject } },
        include: { user: { include: WITH_USER_DETAILS } },
      });
      return identity ? userOf(identity.user) : undefined;
    },
    register: (claims, displayName, { requestId }) =>
      database.$transaction(async (queries) => {
        await lockUsers(queries);
        const { iss: provider, sub: subject } = claims;
        const where = { provider_subject: { provider, subject } };
        const taken = await queries.identity.findUnique({ where, select: { userId: true } });
        if (taken) throw problem('conflict', 'You are registered already');
        await refuseListedWords(queries, { '/display_name': displayName });
        // An address that the issuer does not vouch for might be anybody's.
        const email = claims.email_verified === true ? (claims.email ?? null) : null;
        const user = await insertPerson(queries, {
          ...{ id: randomUUID(), name: displayName, email, emailVerified: email !== null },
          ...{ avatarUrl: null, idhashFrom: email, usernameFrom: displayName, roles: [NEW_USER_ROLE] },
          identity: { provider, subject },
        });
        const context = { actor: user.id, ...(requestId === undefined ? {} : { requestId }) };
        const details = { provider, roles: user.roles };
        await writeAudit(queries, context, { action: 'user.registered', target: user.id, details });
        return user;
      }),
  };
}
