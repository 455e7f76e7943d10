import { Prisma } from '../generated/prisma/client.ts';
import type { NewOidcRecord, OidcRecords } from '../oidc/record-store.ts';
import type { Database } from './database.ts';

const FOREIGN_KEY_VIOLATION = 'P2003';
const KEPT_MILLISECONDS = 3_600_000;

/** Nothing is found that was revoked, itself or with the grant that it came from. */
const NOT_REVOKED = {
  revokedAt: null,
  OR: [{ grantHash: null }, { grant: { revokedAt: null } }],
} satisfies Prisma.OidcRecordWhereInput;

/** The sessions, grants, codes and tokens of the OpenID Connect provider. */
export function createOidcRecords(database: Database): OidcRecords {
  const find = async (where: Prisma.OidcRecordWhereInput) =>
    (await database.oidcRecord.findFirst({ where: { ...where, ...NOT_REVOKED } })) ?? undefined;
  const unlessGone = async (change: () => Promise<boolean>) => {
    try {
      return await change();
    } catch (error) {
      const isGone =
        error instanceof Prisma.PrismaClientKnownRequestError && error.code === FOREIGN_KEY_VIOLATION;
      if (isGone) return false;
      throw error;
    }
  };
  return {
    put: (record: NewOidcRecord) =>
      unlessGone(async () => {
        const { idHash, ...changes } = record;
        await database.oidcRecord.upsert({ where: { idHash }, create: record, update: changes });
        return true;
      }),
    find: (idHash) => find({ idHash }),
    findByUid: (uidHash) => find({ uidHash }),
    findByUserCode: (userCodeHash) => find({ userCodeHash }),
    consume: async (idHash) => {
      // One statement decides who was first.
      const where = { idHash, consumedAt: null };
      const { count } = await database.oidcRecord.updateMany({ where, data: { consumedAt: new Date() } });
      return count > 0;
    },
    decide: (record) =>
      unlessGone(async () => {
        const { idHash, ...changes } = record;
        const where = { idHash, userId: null, consumedAt: null, expiresAt: { gt: new Date() } };
        return (await database.oidcRecord.updateMany({ where, data: changes })).count > 0;
      }),
    destroy: async (idHash) => {
      await database.oidcRecord.deleteMany({ where: { idHash } });
    },
    revokeGrant: async (grantHash) => {
      const where = { idHash: grantHash, revokedAt: null };
      await database.oidcRecord.updateMany({ where, data: { revokedAt: new Date() } });
    },
    bindGrant: async (grantHash, sessionId) => {
      // The lock makes a sign-out at the same moment wait, and then find the grant.
      const bound = await database.$executeRaw`
        WITH live AS (SELECT id FROM auth.sessions WHERE id = ${sessionId}::uuid AND revoked_at IS NULL FOR SHARE)
        UPDATE auth.oidc_records SET session_id = live.id FROM live WHERE id_hash = ${grantHash}`;
      return bound > 0;
    },
    poll: async (idHash, now) => {
      const [row] = await database.$queryRaw<{ before: Date | null }[]>`
        UPDATE auth.oidc_records SET polled_at = ${now} FROM
          (SELECT id_hash, polled_at AS before FROM auth.oidc_records WHERE id_hash = ${idHash} FOR UPDATE) AS was
        WHERE oidc_records.id_hash = was.id_hash RETURNING was.before`;
      return row?.before ?? null;
    },
    sweep: async () => {
      const over = new Date(Date.now() - KEPT_MILLISECONDS);
      await database.oidcRecord.deleteMany({
        where: { OR: [{ expiresAt: { lt: over } }, { revokedAt: { lt: over } }] },
      });
    },
  };
}
