import { problem } from '@flyloft/common';
import { keyProblem } from '@flyloft/object-store';

/** A file that a client announces (packages.md 2). */
export interface AnnouncedFile {
  /** Relative path within the package. */
  readonly path: string;
  readonly key: string;
  readonly name: string;
  readonly length: number;
  readonly md5: string;
  readonly type: string | undefined;
}

/** `metadata` of the request: whose package, and which. */
export interface PackageNames {
  readonly owner: string;
  readonly name: string;
}

type Fields = Readonly<Record<string, unknown>>;

const NAME = /^[a-z0-9][a-z0-9._-]*$/;
const MD5_BYTES = 16;
const BASE64 = /^[A-Za-z0-9+/]{22}==$/;
const HEADER_VALUE = /^[\x20-\x7e]{1,255}$/;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

function bad(pointer: string, detail: string): never {
  throw problem('invalid_parameter', detail, { errors: [{ pointer, detail }] });
}

const escapePointer = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** @throws {ProblemError} 400 when the owner or the name is missing or not a name. */
export function packageNamesOf(body: unknown): PackageNames {
  const metadata = fieldsOf(fieldsOf(body).metadata);
  for (const field of ['owner', 'name'] as const) {
    const value = metadata[field];
    if (typeof value !== 'string' || value === '') bad(`/metadata/${field}`, `metadata.${field} is missing`);
    if (!NAME.test(value)) {
      bad(`/metadata/${field}`, `metadata.${field} must be lower-case letters, digits, ".", "_" and "-"`);
    }
  }
  // both were just seen to be texts
  return { owner: metadata.owner as string, name: metadata.name as string };
}

function announcedFile(path: string, value: unknown, { owner, name }: PackageNames): AnnouncedFile {
  const pointer = `/filedata/${escapePointer(path)}`;
  const key = `${owner}/${name}/${path}`;
  const unsafe = keyProblem(path) ?? keyProblem(key);
  if (unsafe !== undefined) bad(pointer, `The path ${JSON.stringify(path)} ${unsafe}`);
  const file = fieldsOf(value);
  for (const field of ['length', 'md5', 'name']) {
    if (file[field] === undefined || file[field] === null || file[field] === '') {
      bad(`${pointer}/${field}`, `${path}: ${field} is missing`);
    }
  }
  const { length, md5, name: fileName, type } = file;
  if (typeof fileName !== 'string') bad(`${pointer}/name`, `${path}: name must be a text`);
  if (!Number.isSafeInteger(length) || Number(length) < 0) {
    bad(`${pointer}/length`, `${path}: length must be a whole number of bytes, 0 or more`);
  }
  if (typeof md5 !== 'string' || !BASE64.test(md5) || Buffer.from(md5, 'base64').length !== MD5_BYTES) {
    bad(`${pointer}/md5`, `${path}: md5 must be the base64 of the 16 bytes of the digest`);
  }
  const typed = type !== undefined && type !== null && type !== '';
  if (typed && (typeof type !== 'string' || !HEADER_VALUE.test(type))) {
    bad(`${pointer}/type`, `${path}: type must be a media type`);
  }
  return { path, key, name: fileName, length: Number(length), md5, type: typed ? String(type) : undefined };
}

/**
 * The files of a request, each checked by the rules of packages.md A5.
 * @throws {ProblemError} 400 naming the file and what is wrong with it; 413 for one that is too large.
 */
export function announcedFilesOf(body: unknown, names: PackageNames, maxFileBytes: number): AnnouncedFile[] {
  const { filedata } = fieldsOf(body);
  if (!isObject(filedata)) bad('/filedata', 'filedata is missing: a map from paths to files');
  const files = Object.entries(filedata).map(([path, value]) => announcedFile(path, value, names));
  const tooLarge = files.find(({ length }) => length > maxFileBytes);
  if (tooLarge) {
    throw problem('too_large', `${tooLarge.path}: ${tooLarge.length} bytes are more than ${maxFileBytes}`);
  }
  return files;
}
