import type { KeyObject } from 'node:crypto';
import { ConfigurationError } from '@flyloft/service-kit';
import type { JSONWebKeySet, JWK } from 'jose';
import type { KeyEncryption } from './key-encryption.ts';
import { isSampleKey } from './sample-keys.ts';
import { generatePrivateKey, type SigningKey, signingKeyOf } from './signing-key.ts';

/** A key is published before it signs, and for as long as a token that it signed may live. */
export type KeyState = 'next' | 'active' | 'retiring' | 'retired';

export interface StoredKey {
  readonly kid: string;
  readonly state: KeyState;
  readonly publicJwk: JWK;
  readonly encryptedPrivateKey: Uint8Array;
}

/** A key to be stored: all of it but its state. */
export interface NewStoredKey {
  readonly kid: string;
  readonly publicJwk: JWK;
  readonly encryptedPrivateKey: Uint8Array<ArrayBuffer>;
}

export interface KeyStore {
  /**
   * Every key that is not retired. When none is active or none is next, `make` is asked for it; of
   * several processes that start at once, one makes it and the others wait and find it.
   */
  readonly load: (make: MakeKey) => Promise<readonly StoredKey[]>;
}

export type MakeKey = (purpose: 'active' | 'next') => Promise<NewStoredKey>;

/** The keys as they are now: `reload` follows what other replicas and commands change. */
export interface KeyRing {
  readonly active: SigningKey;
  /** Public halves of the next key and of every key that may have signed a token which still lives. */
  readonly jwks: JSONWebKeySet;
  readonly reload: () => Promise<void>;
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

function refuseSample(kid: string): void {
  if (!isSampleKey(kid)) return;
  throw new ConfigurationError([`The signing key ${kid} is a published sample: everybody can sign with it`]);
}

/** Makes keys for the database: the imported one where it is to be the first to sign, others at random. */
export function keyMaker(encryption: KeyEncryption, imported?: KeyObject): MakeKey {
  return async (purpose) => {
    const chosen = purpose === 'active' ? imported : undefined;
    const { kid, publicJwk, privateKey } = await signingKeyOf(chosen ?? (await generatePrivateKey()));
    refuseSample(kid);
    return { kid, publicJwk, encryptedPrivateKey: encryption.seal(privateKey, kid) };
  };
}

/**
 * The platform's keys, made at the very first start.
 * @throws {ConfigurationError} when `KEY_ENCRYPTION_KEY` does not open the active key.
 */
export async function loadKeyRing({ store, encryption, imported }: KeyRingOptions): Promise<KeyRing> {
  const make = keyMaker(encryption, imported);
  const read = async (before?: SigningKey) => {
    const keys = await store.load(make);
    const stored = keys.find(({ state }) => state === 'active');
    if (stored === undefined) throw new Error('The key store answered no active key');
    refuseSample(stored.kid);
    const active = before?.kid === stored.kid ? before : await signingKeyOf(openActive(stored, encryption));
    return {
      active,
      jwks: { keys: keys.map(({ publicJwk }) => publicJwk as JSONWebKeySet['keys'][number]) },
    };
  };
  let current = await read();
  return {
    get active() {
      return current.active;
    },
    get jwks() {
      return current.jwks;
    },
    reload: async () => {
      current = await read(current.active);
    },
  };
}
