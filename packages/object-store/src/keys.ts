import { InvalidKeyError } from './errors.ts';

const MAX_KEY_BYTES = 1_024;
// What file systems allow for one name.
const MAX_SEGMENT_BYTES = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/** What makes a relative path unsafe as (a part of) a key, in words; undefined when nothing does. */
export function keyProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (Buffer.byteLength(path) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  // a lone surrogate becomes U+FFFD on the way
  if (Buffer.from(path).toString() !== path) return 'is not valid Unicode';
  if (CONTROL_CHARACTERS.test(path)) return 'contains a control character';
  if (path.includes('\\')) return 'contains a backslash';
  if (path.startsWith('/')) return 'begins with "/"';
  for (const segment of path.split('/')) {
    if (segment === '') return 'contains an empty part';
    if (segment === '.' || segment === '..') return `contains the part "${segment}"`;
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
      return `contains a part longer than ${MAX_SEGMENT_BYTES} bytes`;
    }
  }
  return undefined;
}

/** @throws {InvalidKeyError} */
export function checkKey(key: string): void {
  const reason = keyProblem(key);
  if (reason !== undefined) throw new InvalidKeyError(`The key ${reason}`);
}

/** @throws {InvalidKeyError} for a prefix whose folder could hold no key. */
export function checkPrefix(prefix: string): void {
  const folder = folderOf(prefix);
  if (folder !== '') checkKey(folder);
}

/** The part of a prefix that names a whole folder; empty when none does. */
export function folderOf(prefix: string): string {
  return prefix.slice(0, Math.max(prefix.lastIndexOf('/'), 0));
}
