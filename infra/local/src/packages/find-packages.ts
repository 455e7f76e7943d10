import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError } from '../platform/expected-error.ts';
import { DESCRIPTOR } from './package-folder.ts';

/** One package of OpenSpending's datastore. */
export interface StoredPackage {
  /** `<owner>/<name>`. */
  readonly name: string;
  readonly owner: string;
  readonly folder: string;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new ExpectedError(`${folder} cannot be read: ${error instanceof Error ? error.message : error}`);
  });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Every `<owner>/<name>/datapackage.json` of a folder, in order. @throws {ExpectedError} when there is none. */
export async function findPackages(root: string): Promise<StoredPackage[]> {
  const found: StoredPackage[] = [];
  for (const owner of await foldersIn(root)) {
    for (const name of await foldersIn(join(root, owner))) {
      const folder = join(root, owner, name);
      const isPackage = await stat(join(folder, DESCRIPTOR)).then(
        (file) => file.isFile(),
        () => false,
      );
      if (isPackage) found.push({ name: `${owner}/${name}`, owner, folder });
    }
  }
  if (found.length > 0) return found;
  throw new ExpectedError(
    `There is no <owner>/<name>/${DESCRIPTOR} in ${root}. To load one package: npm run packages -- load DIR`,
  );
}

/** Changes when the descriptor, or the size or time of any file, does. */
export async function fingerprintOf({ folder }: StoredPackage): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(folder, DESCRIPTOR)));
  const entries = await readdir(folder, { recursive: true });
  for (const path of entries.sort()) {
    const { size, mtimeMs } = await stat(join(folder, path));
    hash.update(`\n${path} ${size} ${mtimeMs}`);
  }
  return hash.digest('hex');
}
