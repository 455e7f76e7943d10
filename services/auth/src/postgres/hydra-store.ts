import type { HydraStore } from '../hydra/hydra-store.ts';
import { writeAudit } from './audit.ts';
import type { Database } from './database.ts';

export function createHydraStore(database: Database): HydraStore {
  return {
    keepFlow: async (flow, now) => {
      // Those that were never finished go when the next one begins.
      await database.hydraFlow.deleteMany({ where: { expiresAt: { lt: now } } });
      await database.hydraFlow.create({ data: flow });
    },
    findFlow: async (referenceHash, browserHash, now) =>
      (await database.hydraFlow.findFirst({
        where: { referenceHash, browserHash, expiresAt: { gt: now } },
      })) ?? undefined,
    finish: async (challengeHash, expiresAt, now) => {
      await database.finishedChallenge.deleteMany({ where: { expiresAt: { lt: now } } });
      // One INSERT decides who was first.
      const data = [{ challengeHash, expiresAt }];
      return (await database.finishedChallenge.createMany({ data, skipDuplicates: true })).count === 1;
    },
    reopen: async (challengeHash) => {
      await database.finishedChallenge.deleteMany({ where: { challengeHash } });
    },
    record: (event, context) => writeAudit(database, context, event),
  };
}
