import type { TokenStore } from '../tokens/token-store.ts';
import { writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';

// A token that is used a thousand times a second still costs one write a minute.
const USED_RESOLUTION_MILLISECONDS = 60_000;

export function createTokenStore(database: Database): TokenStore {
  return {
    find: async (id) => {
      const row = await database.personalAccessToken.findUnique({
        where: { id },
        include: { user: { include: WITH_USER_DETAILS } },
      });
      return row ? { ...row, user: userOf(row.user) } : undefined;
    },
    create: (token, context) =>
      database.$transaction(async (queries) => {
        await queries.personalAccessToken.create({ data: { ...token, scopes: [...token.scopes] } });
        await writeAudit(queries, context, {
          action: 'token.created',
          target: token.userId,
          details: { token: token.id, scopes: token.scopes, expires_at: token.expiresAt.toISOString() },
        });
      }),
    list: (userId, now) =>
      database.personalAccessToken.findMany({
        where: { userId, revokedAt: null, expiresAt: { gt: now } },
        orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
      }),
    revoke: (userId, id, now, context) =>
      database.$transaction(async (queries) => {
        // The owner stands in the condition: somebody else's token is as unknown as none.
        const where = { id, userId, revokedAt: null };
        const { count } = await queries.personalAccessToken.updateMany({ where, data: { revokedAt: now } });
        if (count === 0) return false;
        await writeAudit(queries, context, {
          action: 'token.revoked',
          target: userId,
          details: { token: id },
        });
        return true;
      }),
    markUsed: async (id, now) => {
      const lately = new Date(now.getTime() - USED_RESOLUTION_MILLISECONDS);
      await database.personalAccessToken.updateMany({
        where: { id, OR: [{ lastUsedAt: null }, { lastUsedAt: { lt: lately } }] },
        data: { lastUsedAt: now },
      });
    },
  };
}
