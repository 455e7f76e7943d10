import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const cipherKey = (idempotencyKey: string, nonce: Buffer) =>
  Buffer.from(hkdfSync('sha256', idempotencyKey, nonce, 'answer to a creation', 32));

/**
 * Seals an answer that holds a token: tokens are kept hashed (data-sets.md A2), and this one has to be
 * told again to whoever repeats the request. Only the client's own Idempotency-Key, of which we keep a
 * hash, opens it.
 */
export function sealAnswer(text: string, idempotencyKey: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', cipherKey(idempotencyKey, nonce), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

export function openAnswer(sealed: string, idempotencyKey: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', cipherKey(idempotencyKey, nonce), nonce);
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const opened = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
  return Buffer.concat(opened).toString('utf8');
}
