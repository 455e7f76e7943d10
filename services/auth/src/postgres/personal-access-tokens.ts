import { isStorable } from '../plain-text.ts';
import type { StoredToken, TokenStore } from '../tokens/token-store.ts';
import { writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import { PERSON_COLUMNS, PERSON_TABLES, type PersonRow, personOfRow } from './person-columns.ts';
import type { Statements } from './pool.ts';
import { readTogether } from './read-together.ts';

// A token that is used a thousand times a second still costs one write a minute.
const USED_RESOLUTION_MILLISECONDS = 60_000;

interface TokenRow extends PersonRow {
  readonly id: string;
  readonly secret_hash: Uint8Array;
  readonly scopes: readonly string[];
  readonly start_up: boolean;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

const TOKENS = `
  SELECT t.id, t.secret_hash, t.scopes, t.start_up, t.expires_at, t.revoked_at, t.last_used_at, ${PERSON_COLUMNS}
  FROM auth.personal_access_tokens t ${PERSON_TABLES}
  WHERE t.id = ANY($1)`;

function tokenOfRow(row: TokenRow): StoredToken {
  return {
    ...{ id: row.id, secretHash: row.secret_hash, scopes: row.scopes, startUp: row.start_up },
    ...{ expiresAt: row.expires_at, revokedAt: row.revoked_at, lastUsedAt: row.last_used_at },
    user: personOfRow(row),
  };
}

export function createTokenStore(database: Database, reads: Statements): TokenStore {
  return {
    find: readTogether(async (ids) => {
      const { rows } = await reads.query<TokenRow>({ name: 'tokens-by-id', text: TOKENS, values: [ids] });
      return new Map(rows.map((row) => [row.id, tokenOfRow(row)]));
    }),
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
        if (!isStorable(id)) return false;
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
