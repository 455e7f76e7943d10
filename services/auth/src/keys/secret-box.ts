import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Encrypts what the database or a browser keeps for us, and opens it again. */
export interface SecretBox {
  readonly seal: (plain: Uint8Array, label: string) => Uint8Array<ArrayBuffer>;
  /** @throws {Error} when the secret or the label is another one, or the content was changed. */
  readonly open: (sealed: Uint8Array, label: string) => Uint8Array<ArrayBuffer>;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key of its own for each purpose, from `KEY_ENCRYPTION_KEY` (HKDF, RFC 5869). */
export function deriveKey(secret: string, purpose: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdfSync('sha256', secret, '', `flyloft ${purpose}`, KEY_BYTES));
}

/**
 * AES-256-GCM. The label is authenticated with the content, so that one row's secret cannot be put into
 * another row. Layout: nonce, tag, ciphertext.
 */
export function createSecretBox(secret: string, purpose: string): SecretBox {
  const key = deriveKey(secret, purpose);
  return {
    seal: (plain, label) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(label));
      const content = [cipher.update(plain), cipher.final()];
      return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), ...content]));
    },
    open: (sealed, label) => {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
      const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(label)).setAuthTag(tag);
      const content = sealed.subarray(NONCE_BYTES + TAG_BYTES);
      return new Uint8Array(Buffer.concat([decipher.update(content), decipher.final()]));
    },
  };
}
