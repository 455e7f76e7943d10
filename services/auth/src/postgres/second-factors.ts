import type { SecondFactorStore } from '../second-factor/second-factor.ts';
import { writeAudit } from './audit.ts';
import type { Database } from './database.ts';

export function createSecondFactorStore(database: Database): SecondFactorStore {
  return {
    find: async (userId) => {
      const row = await database.secondFactor.findUnique({
        where: { userId },
        include: { _count: { select: { codes: true } } },
      });
      if (row === null) return undefined;
      const { sealedSecret, confirmedAt, lastStep, _count } = row;
      return { sealedSecret, confirmedAt, lastStep, recoveryCodes: _count.codes };
    },
    begin: async (userId, sealedSecret) => {
      await database.$transaction([
        database.secondFactor.deleteMany({ where: { userId, confirmedAt: null } }),
        // where one is confirmed it stays, and nothing is made
        database.secondFactor.createMany({ data: { userId, sealedSecret }, skipDuplicates: true }),
      ]);
    },
    confirm: (userId, step, recoveryHashes, now, requestId) =>
      database.$transaction(async (queries) => {
        const where = { userId, confirmedAt: null };
        const data = { confirmedAt: now, lastStep: step };
        const { count } = await queries.secondFactor.updateMany({ where, data });
        if (count === 0) return false;
        await queries.recoveryCode.createMany({
          data: recoveryHashes.map((codeHash) => ({ userId, codeHash })),
        });
        await writeAudit(
          queries,
          { actor: userId, requestId },
          { action: 'second-factor.added', target: userId },
        );
        return true;
      }),
    takeStep: async (userId, step) => {
      const where = { userId, lastStep: { lt: step } };
      const { count } = await database.secondFactor.updateMany({ where, data: { lastStep: step } });
      return count === 1;
    },
    takeRecoveryCode: async (userId, codeHash) => {
      const { count } = await database.recoveryCode.deleteMany({ where: { userId, codeHash } });
      return count === 1;
    },
    remove: (userId, requestId) =>
      database.$transaction(async (queries) => {
        await queries.secondFactor.deleteMany({ where: { userId } });
        await writeAudit(
          queries,
          { actor: userId, requestId },
          { action: 'second-factor.removed', target: userId },
        );
      }),
  };
}
