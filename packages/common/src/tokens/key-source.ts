import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { createRemoteKeys } from './remote-keys.ts';

/** Where the verification keys come from: auth's JWKS by HTTP (cached), or keys given outright. */
export type KeySource =
  | { readonly kind: 'remote'; readonly jwksUrl: URL }
  | { readonly kind: 'static'; readonly jwks: JSONWebKeySet }
  /** Keys of this process that may change: asked for at every token. */
  | { readonly kind: 'current'; readonly jwks: () => JSONWebKeySet }
  /** The text of `/auth/public-key`; its `kid` is the RFC 7638 thumbprint. */
  | { readonly kind: 'pem'; readonly publicKey: string };

const MINIMUM_MODULUS_BITS = 2_048;

function readPublicKey(pem: string): KeyObject {
  const key = createPublicKey(pem);
  const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  if (bits < MINIMUM_MODULUS_BITS) throw new Error('A verification key must be RSA of at least 2048 bits');
  return key;
}

function pemKeys(pem: string): JWTVerifyGetKey {
  const jwk = readPublicKey(pem).export({ format: 'jwk' });
  const keys = calculateJwkThumbprint(jwk).then((kid) =>
    createLocalJWKSet({ keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] }),
  );
  return async (header, token) => (await keys)(header, token);
}

/** Imports a key set once for as long as it stays the same object. */
function currentKeys(jwks: () => JSONWebKeySet): JWTVerifyGetKey {
  const finders = new WeakMap<JSONWebKeySet, JWTVerifyGetKey>();
  return (header, token) => {
    const keys = jwks();
    const find = finders.get(keys) ?? createLocalJWKSet(keys);
    finders.set(keys, find);
    return find(header, token);
  };
}

/**
 * A function that finds the key of a token by its `kid`, in this source and nowhere else: `jwk`, `jku`,
 * `x5u` and `x5c` headers are never looked at (RFC 8725 3.10). Each key is imported once.
 */
export function keyFinder(source: KeySource, clock: () => number): JWTVerifyGetKey {
  switch (source.kind) {
    case 'remote':
      return createRemoteKeys({ jwksUrl: source.jwksUrl, clock });
    case 'static':
      return createLocalJWKSet(source.jwks);
    case 'current':
      return currentKeys(source.jwks);
    case 'pem':
      return pemKeys(source.publicKey);
  }
}
