import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExpectedError } from '../platform/expected-error.ts';

export const DESCRIPTOR = 'datapackage.json';

/** A package on this disk. */
export interface PackageFolder {
  readonly folder: string;
  /** By its descriptor, or else by the name of its folder. */
  readonly name: string;
  /** Relative paths of all its files, the descriptor last, as OpenSpending's packager sends them. */
  readonly files: readonly string[];
}

const ADDRESS = /^[a-z][a-z0-9+.-]+:/i;
const NAME = /^[a-z0-9][a-z0-9._-]*$/;

function slugOf(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, '-')
      .replaceAll(/^[._-]+|[._-]+$/g, '') || 'package'
  );
}

function readDescriptor(text: string, path: string): { name?: unknown; resources?: unknown } {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ExpectedError(
      `${path} is not valid JSON. Where it is not: npm run packages -- validate ${dirname(path)}`,
      { cause: error },
    );
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ExpectedError(`${path} is not a descriptor: it is no JSON object`);
  }
  return json;
}

/** The paths that lie in the folder; what else is wrong with a resource the platform will say. */
function pathsOf(resources: unknown): string[] {
  if (!Array.isArray(resources)) return [];
  const paths = resources.flatMap((resource: unknown) =>
    typeof resource === 'object' && resource !== null && 'path' in resource ? resource.path : [],
  );
  const relative = paths.filter((path): path is string => typeof path === 'string' && !ADDRESS.test(path));
  return [...new Set(relative.map((path) => path.replace(/^\.\//, '')))];
}

async function checkFile(folder: string, path: string): Promise<void> {
  if (path.startsWith('/') || path.split('/').includes('..')) {
    throw new ExpectedError(
      `The path "${path}" in ${DESCRIPTOR} leads out of the package: put the file into its folder.`,
    );
  }
  const found = await stat(join(folder, path)).catch(() => undefined);
  if (!found?.isFile()) {
    throw new ExpectedError(`${join(folder, path)} is named by ${DESCRIPTOR} and is not there.`);
  }
}

/**
 * Finds the files of the package in a folder.
 * @param path The folder, or its datapackage.json.
 * @throws {ExpectedError} when there is no descriptor, or a file that it names is missing.
 */
export async function openPackageFolder(path: string): Promise<PackageFolder> {
  const folder = basename(path) === DESCRIPTOR ? dirname(path) : path;
  const text = await readFile(join(folder, DESCRIPTOR), 'utf8').catch((error: unknown) => {
    throw new ExpectedError(`There is no ${DESCRIPTOR} in ${folder}.`, { cause: error });
  });
  const { name, resources } = readDescriptor(text, join(folder, DESCRIPTOR));
  const files = pathsOf(resources).filter((file) => file !== DESCRIPTOR);
  for (const file of files) await checkFile(folder, file);
  const own = typeof name === 'string' && NAME.test(name) ? name : slugOf(String(name ?? basename(folder)));
  return { folder, name: own, files: [...files, DESCRIPTOR] };
}

/** How a file is announced to `/datastore/authorize`. */
export interface AnnouncedFile {
  readonly name: string;
  readonly length: number;
  /** Base64 of the digest, as Content-MD5 has it. */
  readonly md5: string;
  readonly type: string;
}

/** Reads a file to tell its length and MD5. */
export async function announceFile({ folder }: PackageFolder, path: string): Promise<AnnouncedFile> {
  const hash = createHash('md5');
  let length = 0;
  for await (const chunk of createReadStream(join(folder, path))) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { name: basename(path), length, md5: hash.digest('base64'), type: 'application/octet-stream' };
}
