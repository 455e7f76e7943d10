import type { BigIntStats } from 'node:fs';
import { access, constants, mkdir, open, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ObjectNotFoundError } from '../errors.ts';
import { checkKey } from '../keys.ts';
import type { ByteRange, ObjectStore, OpenObject, StoredObject } from '../object-store.ts';
import { isAbsent, objectPath, objectsFolder } from './layout.ts';
import { listKeys } from './list-objects.ts';
import { removeLeftovers } from './remove-leftovers.ts';
import { writeObject } from './write-object.ts';

function describe(key: string, stats: BigIntStats): StoredObject {
  // Every write is a new file, so inode and time tell contents apart without reading them.
  const etag = `"${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}-${stats.ino.toString(16)}"`;
  return { key, length: Number(stats.size), etag, modifiedAt: stats.mtime };
}

async function statObject(folder: string, key: string): Promise<StoredObject | undefined> {
  try {
    const stats = await stat(objectPath(folder, key), { bigint: true });
    return stats.isFile() ? describe(key, stats) : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function readObject(folder: string, key: string, range?: ByteRange): Promise<OpenObject> {
  const handle = await open(objectPath(folder, key), 'r').catch((error: unknown) => {
    throw isAbsent(error) ? new ObjectNotFoundError(key) : error;
  });
  try {
    // From the open file, so that description and content are of one version.
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw new ObjectNotFoundError(key);
    const object = describe(key, stats);
    if (range && (range.start < 0 || range.start >= object.length || range.end < range.start)) {
      throw new RangeError(`${key} has ${object.length} bytes`);
    }
    const end = range && Math.min(range.end, object.length - 1);
    const stream = handle.createReadStream(range && end !== undefined ? { start: range.start, end } : {});
    return { ...object, stream };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Removes folders that have become empty, up to the objects' own. */
async function removeEmptyFolders(folder: string, path: string): Promise<void> {
  if (path.length <= objectsFolder(folder).length) return;
  try {
    await rmdir(path);
  } catch {
    return; // not empty, or gone already
  }
  await removeEmptyFolders(folder, dirname(path));
}

/** Objects as files of a folder. Any number of processes on one machine may share it. */
export function createDiskStore({ folder }: { readonly folder: string }): ObjectStore {
  return {
    put: async (key, content, expected = {}) => {
      checkKey(key);
      await writeObject(folder, key, content, expected);
      const stored = await statObject(folder, key);
      if (stored === undefined) throw new ObjectNotFoundError(key);
      return stored;
    },
    read: async (key, { range } = {}) => {
      checkKey(key);
      return readObject(folder, key, range);
    },
    stat: async (key) => {
      checkKey(key);
      return statObject(folder, key);
    },
    remove: async (key) => {
      checkKey(key);
      if ((await statObject(folder, key)) === undefined) return;
      const path = objectPath(folder, key);
      await rm(path, { force: true });
      await removeEmptyFolders(folder, dirname(path));
    },
    list: async function* (prefix) {
      for await (const key of listKeys(folder, prefix)) {
        const object = await statObject(folder, key);
        if (object) yield object;
      }
    },
    localPath: (key) => {
      checkKey(key);
      return objectPath(folder, key);
    },
    addressToRead: async (key) => {
      checkKey(key);
      return undefined;
    },
    removeLeftovers: ({ olderThanSeconds }) => removeLeftovers({ folder, olderThanSeconds }),
    check: async () => {
      await mkdir(objectsFolder(folder), { recursive: true });
      await access(objectsFolder(folder), constants.R_OK | constants.W_OK);
    },
    close: () => undefined,
  };
}
