import { createPrivateKey, type KeyObject } from 'node:crypto';
import { createSecretBox } from './secret-box.ts';

/** Encrypts private keys for the database, and opens them again. */
export interface KeyEncryption {
  readonly seal: (key: KeyObject, kid: string) => Uint8Array<ArrayBuffer>;
  /** @throws {Error} when the secret is another one, or the row was changed. */
  readonly open: (sealed: Uint8Array, kid: string) => KeyObject;
}

/** The kid is authenticated with its key, so one row's key cannot be put into another row. */
export function createKeyEncryption(secret: string): KeyEncryption {
  const box = createSecretBox(secret, 'signing keys');
  return {
    seal: (privateKey, kid) => box.seal(privateKey.export({ type: 'pkcs8', format: 'der' }), kid),
    open: (sealed, kid) =>
      createPrivateKey({ key: Buffer.from(box.open(sealed, kid)), type: 'pkcs8', format: 'der' }),
  };
}
