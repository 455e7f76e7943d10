import type { Revocation } from '@flyloft/common';
import type { RevocationFeed } from '../revocations/revocation-feed.ts';
import type { Database } from './database.ts';

const PAGE_SIZE = 1_000;

interface Row {
  readonly id: bigint;
  readonly kind: Revocation['kind'];
  readonly subject: string;
  readonly revokedAt: Date;
  readonly expiresAt: Date;
  /** Older than any transaction that is still open: nothing can come to stand before it. */
  readonly settled: boolean;
}

function entryOf({ kind, subject, revokedAt, expiresAt }: Row): Revocation {
  return { kind, subject, revoked_at: revokedAt.toISOString(), expires_at: expiresAt.toISOString() };
}

/** The table `revocations`. Its times are the database's, which wrote them. */
export function createRevocationFeed(database: Database): RevocationFeed {
  return {
    since: async (cursor) => {
      const rows = await database.$queryRaw<Row[]>`
        SELECT id, kind, subject, revoked_at AS "revokedAt", expires_at AS "expiresAt",
               revoked_at < now() - interval '60 seconds' AS settled
        FROM auth.revocations WHERE id > ${cursor} AND expires_at > now() ORDER BY id LIMIT ${PAGE_SIZE}`;
      const more = rows.length === PAGE_SIZE;
      const last = more ? rows.at(-1) : rows.findLast(({ settled }) => settled);
      return { revocations: rows.map(entryOf), next: String(last?.id ?? cursor), more };
    },
    sweep: async () => {
      await database.$executeRaw`DELETE FROM auth.revocations WHERE expires_at < now()`;
    },
  };
}
