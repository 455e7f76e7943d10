import { createECDH } from 'node:crypto';
import { deriveKey } from '../keys/secret-box.ts';

/** By which push services know this platform (VAPID, RFC 8292). */
export interface VapidKeys {
  /** An uncompressed point on P-256, base64url: what browsers subscribe with (`applicationServerKey`). */
  readonly publicKey: string;
  /** base64url. */
  readonly privateKey: string;
  /** Whom a push service may turn to: `mailto:…` or `https://…`. */
  readonly subject: string;
}

function publicKeyOf(privateKey: Uint8Array): string {
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(privateKey);
  return curve.getPublicKey().toString('base64url');
}

/**
 * The keys of the configuration or, where there are none, keys that follow from `KEY_ENCRYPTION_KEY`: the
 * same for every replica and after every start, with nothing to store.
 * @throws {Error} when the private key is none of P-256.
 */
export function vapidKeys(secret: string, subject: string, privateKey?: string): VapidKeys {
  const bytes =
    privateKey === undefined ? deriveKey(secret, 'web push') : Buffer.from(privateKey, 'base64url');
  return { subject, privateKey: Buffer.from(bytes).toString('base64url'), publicKey: publicKeyOf(bytes) };
}
