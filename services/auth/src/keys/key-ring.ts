import type { KeyObject } from 'node:crypto';
import { ConfigurationError } from '@flyloft/service-kit';
import type { JSONWebKeySet, JWK } from 'jose';
import type { KeyEncryption } from './key-encryption.ts';
import { generatePrivateKey, type SigningKey, signingKeyOf } from './signing-key.ts';

export interface StoredKey {
  readonly kid: string;
  readonly active: boolean;
  readonly publicJwk: JWK;
  readonly encryptedPrivateKey: Uint8Array;
}

interface NewStoredKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly encryptedPrivateKey: Uint8Array<ArrayBuffer>;
}

export interface KeyStore {
  /**
   * Every key that is not retired. When none is active, `make` is asked for the first one; of several
   * processes that start at once, one makes it and the others wait and find it.
   */
  readonly load: (make: () => Promise<NewStoredKey>) => Promise<readonly StoredKey[]>;
}

export interface KeyRing {
  readonly active: SigningKey;
  /** Public halves of every key that may have signed a token which still lives. */
  readonly jwks: JSONWebKeySet;
}

export interface KeyRingOptions {
  readonly store: KeyStore;
  readonly encryption: KeyEncryption;
  /** The first key; made at random when absent. */
  readonly imported?: KeyObject | undefined;
}

function openActive({ kid, encryptedPrivateKey }: StoredKey, encryption: KeyEncryption): KeyObject {
  try {
    return encryption.open(encryptedPrivateKey, kid);
  } catch {
    throw new ConfigurationError([
      `KEY_ENCRYPTION_KEY does not open the signing key ${kid} in the database (was it another one before?)`,
    ]);
  }
}

/**
 * The platform's keys, made at the very first start.
 * @throws {ConfigurationError} when `KEY_ENCRYPTION_KEY` does not open the active key.
 */
export async function loadKeyRing({ store, encryption, imported }: KeyRingOptions): Promise<KeyRing> {
  const keys = await store.load(async () => {
    const { kid, publicJwk, privateKey } = await signingKeyOf(imported ?? (await generatePrivateKey()));
    return { kid, publicJwk, encryptedPrivateKey: encryption.seal(privateKey, kid) };
  });
  const active = keys.find((key) => key.active);
  if (active === undefined) throw new Error('The key store answered no active key');
  return {
    active: await signingKeyOf(openActive(active, encryption)),
    jwks: { keys: keys.map(({ publicJwk }) => publicJwk as JSONWebKeySet['keys'][number]) },
  };
}
