import { createPublicKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { ExternalSigningKey } from 'oidc-provider';
import type { KeyRing } from '../keys/key-ring.ts';

/**
 * A key whose private half is elsewhere: what it signed is verified, and nothing is signed. A class,
 * because the provider tells such keys by theirs.
 */
class VerifyingKey extends ExternalSigningKey {
  readonly #jwk: JWK;

  constructor(jwk: JWK) {
    super();
    this.#jwk = jwk;
  }

  override get kid(): string {
    return String(this.#jwk.kid);
  }

  override get alg(): string {
    return 'RS256';
  }

  override keyObject(): KeyObject {
    return createPublicKey({ key: { ...this.#jwk }, format: 'jwk' });
  }
}

/** The key that signs first; then those of earlier ID tokens, which come back as hints. */
export function providerKeys({
  active,
  jwks,
}: Pick<KeyRing, 'active' | 'jwks'>): (JWK | ExternalSigningKey)[] {
  const own = { ...active.privateKey.export({ format: 'jwk' }), kid: active.kid, alg: 'RS256', use: 'sig' };
  const others = jwks.keys.filter(({ kid }) => kid !== active.kid);
  return [own, ...others.map((jwk) => new VerifyingKey(jwk))];
}
