import type { JWK } from 'jose';
import type { KeyStore, StoredKey } from '../keys/key-ring.ts';
import { type Database, lockUntilCommit, type Queries } from './database.ts';

// Making an RSA key takes a second or more on a small, busy machine.
const TIMEOUT_MILLISECONDS = 60_000;

async function unretired(queries: Queries): Promise<StoredKey[]> {
  const rows = await queries.signingKey.findMany({
    where: { state: { not: 'retired' } },
    orderBy: { createdAt: 'asc' },
  });
  return rows.map((row) => ({
    kid: row.kid,
    active: row.state === 'active',
    // stored by this file alone
    publicJwk: row.publicJwk as JWK,
    encryptedPrivateKey: row.encryptedPrivateKey,
  }));
}

export function createKeyStore(database: Database): KeyStore {
  return {
    load: async (make) => {
      const present = await unretired(database);
      if (present.some((key) => key.active)) return present;
      return database.$transaction(
        async (queries) => {
          await lockUntilCommit(queries, 'signing keys');
          const keys = await unretired(queries);
          if (keys.some((key) => key.active)) return keys;
          const { kid, publicJwk, encryptedPrivateKey } = await make();
          await queries.signingKey.create({
            data: {
              kid,
              state: 'active',
              publicJwk: { ...publicJwk },
              encryptedPrivateKey,
              activatedAt: new Date(),
            },
          });
          return unretired(queries);
        },
        { timeout: TIMEOUT_MILLISECONDS, maxWait: TIMEOUT_MILLISECONDS },
      );
    },
  };
}
