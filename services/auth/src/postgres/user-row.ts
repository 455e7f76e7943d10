import type { Prisma } from '../generated/prisma/client.ts';
import type { User } from '../users/user.ts';

/** What has to be read with a user. */
export const WITH_USER_DETAILS = {
  roles: { orderBy: { role: 'asc' } },
  identities: { orderBy: { createdAt: 'asc' }, take: 1 },
} as const satisfies Prisma.UserInclude;

export type UserRow = Prisma.UserGetPayload<{ include: typeof WITH_USER_DETAILS }>;

export function userOf(row: UserRow): User {
  const [identity] = row.identities;
  return {
    id: row.id,
    idhash: row.idhash,
    username: row.username,
    name: row.name,
    email: row.email,
    avatarUrl: row.avatarUrl,
    joinDate: row.joinDate,
    providerId: identity ? `${identity.provider}:${identity.subject}` : null,
    roles: row.roles.map(({ role }) => role),
  };
}
