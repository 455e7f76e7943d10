import type { Prisma } from '../generated/prisma/client.ts';
import type { User } from '../users/user.ts';

/** What has to be read with a user. */
export const WITH_USER_DETAILS = {
  roles: { orderBy: { role: 'asc' }, include: { known: { include: { permissions: true } } } },
  suspension: true,
  identities: { orderBy: { createdAt: 'asc' }, take: 1 },
} as const satisfies Prisma.UserInclude;

export type UserRow = Prisma.UserGetPayload<{ include: typeof WITH_USER_DETAILS }>;

/** People who are not shut out: a suspension whose date has passed counts for nothing. */
export function notSuspended(now: Date): Prisma.UserWhereInput {
  return { OR: [{ suspension: null }, { suspension: { until: { lte: now } } }] };
}

export function userOf(row: UserRow): User {
  const [identity] = row.identities;
  return {
    id: row.id,
    idhash: row.idhash,
    username: row.username,
    name: row.name,
    email: row.email,
    emailVerified: row.emailVerified,
    avatarUrl: row.avatarUrl,
    usernameChangedAt: row.usernameChangedAt,
    joinDate: row.joinDate,
    providerId: identity ? `${identity.provider}:${identity.subject}` : null,
    roles: row.roles.map(({ role }) => role),
    permissions: new Set(
      row.roles.flatMap(({ known }) => known.permissions.map(({ permission }) => permission)),
    ),
    suspendedUntil: row.suspension?.until ?? null,
  };
}
