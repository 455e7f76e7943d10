import { createHash, type Hash } from 'node:crypto';
import { link } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  LoadFailure,
  type ResourceDescriptor,
  type TablePart,
  type WrittenTable,
  writeTable,
} from '@flyloft/warehouse';
import type { PackageFile } from './package-files.ts';

export interface StagedFile {
  readonly written: WrittenTable;
  /** Bytes as they were uploaded. */
  readonly bytes: number;
  /** SHA-256 of the uploaded bytes, in hexadecimal. */
  readonly hash: string;
  readonly warnings: readonly string[];
}

export interface StageOptions {
  /** The files of the table in their order; none when the descriptor holds the rows itself. */
  readonly files: readonly PackageFile[];
  /** The rows that the descriptor holds, as text. */
  readonly inline: string | undefined;
  readonly name: string;
  readonly resource: ResourceDescriptor;
  /** Where the table goes. */
  readonly target: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Digests that a descriptor may declare: Data Package `hash`, MD5 when nothing else is said. */
const DECLARED_HASH = /^(?:(md5|sha1|sha256|sha512):)?([0-9a-f]+)$/i;

async function openFile(file: PackageFile, name: string, signal: AbortSignal): Promise<Readable> {
  const stream = await file.open(signal);
  if (stream !== undefined) return stream;
  throw new LoadFailure(
    'resource_missing',
    `The file ${file.address} of the resource "${name}" is not there.`,
    [
      {
        resource: name,
        rule: 'file',
        message: `there is no file ${file.address}`,
        suggestion: 'upload it, or correct the path',
      },
    ],
  );
}

/** A file that lies on this disk is linked: an upload replaces it under its name, never its bytes. */
async function linkFile(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch {
    // another disk, or gone: it is read as any other file
    return false;
  }
}

function asPart(file: PackageFile, { name, resource }: StageOptions): TablePart {
  const { localPath } = file;
  return {
    name: file.name,
    isGzipped: /^gz/.test(resource.compression ?? '') || file.isGzipped === true || /\.gz$/i.test(file.name),
    open: (signal) => openFile(file, name, signal),
    ...(localPath === undefined ? {} : { link: (path: string) => linkFile(localPath, path) }),
  };
}

function partsOf(options: StageOptions): TablePart[] {
  const { inline, files } = options;
  if (inline === undefined) return files.map((file) => asPart(file, options));
  return [{ name: 'data', isGzipped: false, open: async () => Readable.from([Buffer.from(inline)]) }];
}

function declaredHash(hash: string | undefined): { algorithm: string; digest: string } | undefined {
  const [, algorithm = 'md5', digest] = DECLARED_HASH.exec(hash ?? '') ?? [];
  return digest === undefined
    ? undefined
    : { algorithm: algorithm.toLowerCase(), digest: digest.toLowerCase() };
}

function check({ resource, name }: StageOptions, bytes: number, declared: Hash | undefined): string[] {
  const wanted = declaredHash(resource.hash);
  if (wanted !== undefined) {
    const digest = declared?.digest('hex') ?? '';
    if (digest !== wanted.digest) {
      const message = `its ${wanted.algorithm} is ${digest}, declared is ${wanted.digest}`;
      throw new LoadFailure(
        'hash_mismatch',
        `The file of "${name}" is not the one that its declared hash is of: ${message}.`,
        [{ resource: name, rule: 'hash', message, suggestion: 'upload the right file, or correct the hash' }],
      );
    }
  }
  const unknown = wanted === undefined && resource.hash !== undefined;
  const differs = resource.bytes !== undefined && resource.bytes !== bytes;
  return [
    ...(unknown ? [`The hash of "${name}" is of a kind that is not known, and was not checked.`] : []),
    ...(differs ? [`The resource "${name}" declares ${resource.bytes} bytes and has ${bytes}.`] : []),
  ];
}

/**
 * Brings a resource to this disk as one table that the engine reads, counted and hashed as it was uploaded.
 * @throws {LoadFailure} for a file that is missing, too large, broken or not the declared one.
 */
export async function stageFile(options: StageOptions): Promise<StagedFile> {
  const { name, resource, target, maxBytes, signal, inline } = options;
  const hash = createHash('sha256');
  const algorithm = declaredHash(resource.hash)?.algorithm;
  const declared = algorithm === undefined ? undefined : createHash(algorithm);
  let bytes = 0;
  const see = (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
    declared?.update(chunk);
  };
  const written = await writeTable({
    name,
    resource,
    parts: partsOf(options),
    target,
    maxBytes,
    signal,
    see,
  });
  const warnings = inline === undefined ? check(options, bytes, declared) : [];
  return { written, bytes, hash: hash.digest('hex'), warnings };
}
