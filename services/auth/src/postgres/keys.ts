import type { JWK } from 'jose';
import type { KeyState, KeyStore, MakeKey, NewStoredKey, StoredKey } from '../keys/key-ring.ts';
import { type Database, lockUntilCommit, type Queries } from './database.ts';

// Making an RSA key takes a second or more on a small, busy machine.
const PATIENCE = { timeout: 60_000, maxWait: 60_000 };

async function unretired(queries: Queries): Promise<StoredKey[]> {
  const rows = await queries.signingKey.findMany({
    where: { state: { not: 'retired' } },
    orderBy: { createdAt: 'asc' },
  });
  return rows.map((row) => ({
    kid: row.kid,
    // a check of the table allows no other
    state: row.state as KeyState,
    // stored by this file alone
    publicJwk: row.publicJwk as JWK,
    encryptedPrivateKey: row.encryptedPrivateKey,
  }));
}

/** Runs a change of the keys alone: of several at once, in any process, one goes after the other. */
export function changeKeys<T>(database: Database, change: (queries: Queries) => Promise<T>): Promise<T> {
  return database.$transaction(async (queries) => {
    await lockUntilCommit(queries, 'signing keys');
    return change(queries);
  }, PATIENCE);
}

export async function insertKey(
  queries: Queries,
  { kid, publicJwk, encryptedPrivateKey }: NewStoredKey,
  state: 'active' | 'next',
): Promise<void> {
  const activatedAt = state === 'active' ? new Date() : null;
  await queries.signingKey.create({
    data: { kid, state, publicJwk: { ...publicJwk }, encryptedPrivateKey, activatedAt },
  });
}

const NEEDED = ['active', 'next'] as const;

const missing = (keys: readonly StoredKey[]) =>
  NEEDED.filter((state) => !keys.some((key) => key.state === state));

export function createKeyStore(database: Database): KeyStore {
  return {
    load: async (make: MakeKey) => {
      const present = await unretired(database);
      if (missing(present).length === 0) return present;
      return changeKeys(database, async (queries) => {
        for (const state of missing(await unretired(queries))) {
          await insertKey(queries, await make(state), state);
        }
        return unretired(queries);
      });
    },
  };
}
