import type { SessionStore } from '../sessions/session.ts';
import type { SignInStore } from '../sign-in/sign-in-store.ts';
import type { Database } from './database.ts';
import { createIdentityStore } from './identities.ts';

export function createSignInStore(database: Database, sessions: Pick<SessionStore, 'findLive'>): SignInStore {
  return {
    ...createIdentityStore(database),
    begin: async (transaction, now) => {
      // Those that were never finished go when the next one begins.
      await database.loginTransaction.deleteMany({ where: { expiresAt: { lt: now } } });
      await database.loginTransaction.create({ data: transaction });
    },
    take: async (stateHash, browserHash, now) => {
      // One DELETE decides who was first. Another browser's attempt takes nothing.
      const where = { stateHash, browserHash, expiresAt: { gt: now } };
      const row = await database.loginTransaction.findFirst({ where });
      const { count } = row ? await database.loginTransaction.deleteMany({ where }) : { count: 0 };
      return row && count === 1 ? row : undefined;
    },
    createCode: async (code, now) => {
      await database.signInCode.deleteMany({ where: { expiresAt: { lt: now } } });
      await database.signInCode.create({ data: code });
    },
    redeem: async (codeHash, now) => {
      const where = { codeHash, expiresAt: { gt: now } };
      const code = await database.signInCode.findFirst({ where });
      const { count } = code ? await database.signInCode.deleteMany({ where }) : { count: 0 };
      if (code === null || count === 0) return undefined;
      const session = await sessions.findLive(code.sessionId, now);
      return session && { session, origin: code.origin };
    },
  };
}
