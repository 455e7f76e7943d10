import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'fl_pat_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
// 32 letters of 62 are 190 bits (auth.md D21 asks for 128).
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const FORM = /^fl_pat_([0-9A-Za-z]{12})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

/** CRC-32 in base 62: lets a scanner of leaked secrets tell a token from a look-alike, without us. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place += 1) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

function hashOf(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(secret).digest());
}

export interface NewPersonalAccessToken {
  readonly id: string;
  /** Shown once, kept nowhere. */
  readonly token: string;
  readonly secretHash: Uint8Array<ArrayBuffer>;
}

export function createPersonalAccessToken(): NewPersonalAccessToken {
  const id = randomText(ID_LENGTH);
  const secret = randomText(SECRET_LENGTH);
  const content = `${PREFIX}${id}_${secret}`;
  return { id, token: `${content}${checksum(content)}`, secretHash: hashOf(secret) };
}

export function isPersonalAccessToken(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** The parts of a well-formed token; undefined when the form or the checksum is wrong. */
export function parsePersonalAccessToken(token: string): { id: string; secret: string } | undefined {
  const [, id, secret, sum] = FORM.exec(token) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return checksum(`${PREFIX}${id}_${secret}`) === sum ? { id, secret } : undefined;
}

/** Compares in constant time. */
export function secretMatches(secret: string, hash: Uint8Array): boolean {
  const expected = hashOf(secret);
  return hash.length === expected.length && timingSafeEqual(hash, expected);
}
