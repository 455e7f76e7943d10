import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

/** Encrypts private keys for the database, and opens them again. */
export interface KeyEncryption {
  readonly seal: (key: KeyObject, kid: string) => Uint8Array<ArrayBuffer>;
  /** @throws {Error} when the secret is another one, or the row was changed. */
  readonly open: (sealed: Uint8Array, kid: string) => KeyObject;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with a key derived from `KEY_ENCRYPTION_KEY`. The kid is authenticated with it, so one
 * row's key cannot be put into another row. Layout: nonce, tag, ciphertext.
 */
export function createKeyEncryption(secret: string): KeyEncryption {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'flyloft signing keys', 32));
  return {
    seal: (privateKey, kid) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(kid));
      const plain = privateKey.export({ type: 'pkcs8', format: 'der' });
      const content = [cipher.update(plain), cipher.final()];
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), ...content]));
    },
    open: (sealed, kid) => {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(kid)).setAuthTag(tag);
      const content = sealed.subarray(NONCE_BYTES + TAG_BYTES);
      const plain = Buffer.concat([decipher.update(content), decipher.final()]);
      return createPrivateKey({ key: plain, type: 'pkcs8', format: 'der' });
    },
  };
}
