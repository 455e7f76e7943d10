import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import { LoadFailure, type ResourceDescriptor } from '@flyloft/warehouse';
import type { PackageFile } from './package-files.ts';

export interface StagedFile {
  /** Bytes as they were uploaded. */
  readonly bytes: number;
  /** SHA-256 of the uploaded bytes, in hexadecimal. */
  readonly hash: string;
  readonly warnings: readonly string[];
}

export interface StageOptions {
  readonly file: PackageFile;
  readonly name: string;
  readonly resource: ResourceDescriptor;
  /** Where the decoded file goes. */
  readonly target: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Digests that a descriptor may declare: Data Package `hash`, MD5 when nothing else is said. */
const DECLARED_HASH = /^(?:(md5|sha1|sha256|sha512):)?([0-9a-f]+)$/i;

function tap(see: (chunk: Buffer) => void): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      try {
        see(chunk);
        done(null, chunk);
      } catch (error) {
        // what see() throws is our own LoadFailure
        done(error as Error);
      }
    },
  });
}

/** Bytes of a declared encoding to UTF-8; undefined when there is nothing to do. */
function decoder(encoding: string | undefined): Transform | undefined {
  if (encoding === undefined || /^utf-?8$/i.test(encoding)) return undefined;
  let text: TextDecoder;
  try {
    text = new TextDecoder(encoding, { fatal: false });
  } catch {
    throw new LoadFailure('resource_invalid', `The encoding "${encoding}" is not known.`);
  }
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, text.decode(chunk, { stream: true })),
    flush: (done) => done(null, text.decode()),
  });
}

async function openFile({ file, name, signal }: StageOptions): Promise<Readable> {
  const stream = await file.open(signal);
  if (stream !== undefined) return stream;
  throw new LoadFailure('resource_missing', `The file of the resource "${name}" was not uploaded.`, [
    { resource: name, rule: 'file', message: 'the file was not uploaded' },
  ]);
}

function declaredHash(hash: string | undefined): { algorithm: string; digest: string } | undefined {
  const [, algorithm = 'md5', digest] = DECLARED_HASH.exec(hash ?? '') ?? [];
  return digest === undefined
    ? undefined
    : { algorithm: algorithm.toLowerCase(), digest: digest.toLowerCase() };
}

function check({ resource, name }: StageOptions, bytes: number, declared: Hash | undefined): string[] {
  const wanted = declaredHash(resource.hash);
  if (wanted !== undefined && declared?.digest('hex') !== wanted.digest) {
    throw new LoadFailure(
      'hash_mismatch',
      `The file of "${name}" is not the one that its declared hash is of.`,
    );
  }
  const differs = resource.bytes !== undefined && resource.bytes !== bytes;
  return differs ? [`The resource "${name}" declares ${resource.bytes} bytes and has ${bytes}.`] : [];
}

/**
 * Brings a resource's file to this disk as it streams: decompressed, in UTF-8, counted and hashed.
 * @throws {LoadFailure} for a file that is missing, too large, broken or not the declared one.
 */
export async function stageFile(options: StageOptions): Promise<StagedFile> {
  const { file, name, resource, target, maxBytes, signal } = options;
  const stream = await openFile(options);
  const hash = createHash('sha256');
  const algorithm = declaredHash(resource.hash)?.algorithm;
  const declared = algorithm === undefined ? undefined : createHash(algorithm);
  let [bytes, decoded] = [0, 0];
  const arriving = tap((chunk) => {
    bytes += chunk.length;
    hash.update(chunk);
    declared?.update(chunk);
  });
  const leaving = tap((chunk) => {
    decoded += chunk.length;
    if (decoded > maxBytes)
      throw new LoadFailure('too_large', `The table "${name}" is larger than ${maxBytes} bytes.`);
  });
  const gzipped = resource.compression === 'gz' || file.name.endsWith('.gz');
  const unpack = gzipped ? createGunzip() : new PassThrough();
  const decode = decoder(resource.encoding) ?? new PassThrough();
  try {
    await pipeline(stream, arriving, unpack, decode, leaving, createWriteStream(target), { signal });
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    if (!code.startsWith('Z_')) throw error;
    throw new LoadFailure('resource_invalid', `The file of "${name}" is not valid gzip.`);
  }
  return { bytes, hash: hash.digest('hex'), warnings: check(options, bytes, declared) };
}
