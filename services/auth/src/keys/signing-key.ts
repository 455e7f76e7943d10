import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';

/** The RSA key that signs, ready to use. */
export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicPem: string;
  /** Public members only. */
  readonly publicJwk: JWK;
}

const MINIMUM_MODULUS_BITS = 2_048;

const generate = promisify(generateKeyPair);

// Environment files cannot hold line breaks, so PEM often comes with `\n` in two characters.
const unfolded = (pem: string) => pem.replaceAll('\\n', '\n');

function requireStrongRsa(key: KeyObject): KeyObject {
  const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  if (bits >= MINIMUM_MODULUS_BITS) return key;
  throw new Error(`must be an RSA key of at least ${MINIMUM_MODULUS_BITS} bits`);
}

function read(parse: (pem: string) => KeyObject, pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = parse(unfolded(pem));
  } catch (cause) {
    throw new Error('is not a PEM key that can be read', { cause });
  }
  return requireStrongRsa(key);
}

/** @throws {Error} saying what is wrong: unreadable, not RSA, or too weak. */
export function readPrivateKey(pem: string): KeyObject {
  return read(createPrivateKey, pem);
}

/** @throws {Error} as `readPrivateKey`. */
export function readPublicKey(pem: string): KeyObject {
  return read(createPublicKey, pem);
}

export async function generatePrivateKey(): Promise<KeyObject> {
  const { privateKey } = await generate('rsa', { modulusLength: MINIMUM_MODULUS_BITS });
  return privateKey;
}

export async function signingKeyOf(privateKey: KeyObject): Promise<SigningKey> {
  const publicKey = createPublicKey(privateKey);
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint(jwk);
  return {
    kid,
    privateKey,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    publicJwk: { ...jwk, kid, alg: 'RS256', use: 'sig' },
  };
}
