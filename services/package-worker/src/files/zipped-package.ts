import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Archive, LoadFailure, openArchive } from '@flyloft/warehouse';
import type { PackageFile, PackageFiles } from './package-files.ts';

/** A package whose files are at hand until it is closed. */
export interface OpenPackage extends PackageFiles {
  close(): void;
}

export interface UnzipOptions {
  /** Where the archive itself may be kept. */
  readonly folder: string;
  /** Most that it may unpack to. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const DESCRIPTOR = 'datapackage.json';

function entryFile(archive: Archive, entry: string, address: string): PackageFile {
  return {
    name: entry.slice(entry.lastIndexOf('/') + 1),
    address,
    open: () => archive.read(entry),
  };
}

/** The shallowest datapackage.json: archives often hold everything in one folder. */
function descriptorEntry(archive: Archive, address: string): string {
  const found = archive.names
    .filter((name) => name === DESCRIPTOR || name.endsWith(`/${DESCRIPTOR}`))
    .sort((a, b) => a.split('/').length - b.split('/').length);
  const [entry] = found;
  if (entry !== undefined) return entry;
  throw new LoadFailure('descriptor_missing', `The archive ${address} holds no ${DESCRIPTOR}.`);
}

function filesOf(archive: Archive, outside: PackageFiles, address: string): OpenPackage {
  const descriptor = descriptorEntry(archive, address);
  const folder = descriptor.slice(0, descriptor.lastIndexOf('/') + 1);
  return {
    descriptor: entryFile(archive, descriptor, address),
    resource: (path) => {
      if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return outside.resource(path);
      const steps = path.replace(/^\.\//, '').split('/');
      if (path.startsWith('/') || steps.includes('..')) {
        throw new LoadFailure(
          'address_refused',
          `The path "${path}" of a resource leads out of the archive.`,
        );
      }
      return entryFile(archive, `${folder}${steps.join('/')}`, path);
    },
    close: archive.close,
  };
}

/**
 * The files of a package that is one zip file with a datapackage.json in it; any other package as it is.
 * @throws {LoadFailure} for an archive that is missing, a bomb, or holds no descriptor.
 */
export async function openPackage(
  files: PackageFiles,
  { folder, maxBytes, signal }: UnzipOptions,
): Promise<OpenPackage> {
  const { descriptor } = files;
  if (!/\.zip$/i.test(descriptor.name)) return { ...files, close: () => undefined };
  const bytes = await descriptor.open(signal);
  if (bytes === undefined) {
    throw new LoadFailure('descriptor_missing', `There is no archive at ${descriptor.address}.`);
  }
  const path = join(folder, 'package.zip');
  await pipeline(bytes, createWriteStream(path), { signal });
  const archive = await openArchive(path, descriptor.address, maxBytes);
  try {
    return filesOf(archive, files, descriptor.address);
  } catch (error) {
    archive.close();
    throw error;
  }
}
