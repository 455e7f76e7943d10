import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { checkPrefix, folderOf } from '../keys.ts';
import { isAbsent, objectPath, objectsFolder } from './layout.ts';

async function entriesOf(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function* walk(folder: string, parent: string): AsyncGenerator<string> {
  const path = parent === '' ? objectsFolder(folder) : objectPath(folder, parent);
  for (const entry of await entriesOf(path)) {
    const key = parent === '' ? entry.name : `${parent}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(folder, key);
    else if (entry.isFile()) yield key;
  }
}

/** Keys that begin with the prefix; walks only the folder that the prefix names. */
export async function* listKeys(folder: string, prefix: string): AsyncGenerator<string> {
  checkPrefix(prefix);
  for await (const key of walk(folder, folderOf(prefix))) {
    if (key.startsWith(prefix)) yield key;
  }
}
