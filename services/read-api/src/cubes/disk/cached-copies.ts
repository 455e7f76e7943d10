import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { problem } from '@flyloft/common';
import { ObjectNotFoundError, type ObjectStore } from '@flyloft/object-store';
import { CubeFileGoneError, type CubeFiles } from '../cube-files.ts';
import { createRoom, type Room } from './room.ts';

export interface CacheOptions {
  readonly store: Pick<ObjectStore, 'read'>;
  /** Of this process alone. */
  readonly folder: string;
  /** Files that queries have open may pass it for a while; nothing else does. */
  readonly maxBytes: number;
}

const COPY = /^[0-9a-f]{64}\.parquet$/;

/** A name of one length for keys of any; the key of a load's file never gets other content. */
const nameOf = (key: string) => `${createHash('sha256').update(key).digest('hex')}.parquet`;

/** Takes the copies of an earlier run into the room, oldest first, and removes what it left unfinished. */
async function takeStock(folder: string, room: Room): Promise<void> {
  const copies: { name: string; bytes: number; at: number }[] = [];
  for (const name of await readdir(folder)) {
    if (COPY.test(name)) {
      const { size, mtimeMs } = await stat(join(folder, name));
      copies.push({ name, bytes: size, at: mtimeMs });
    } else await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const { name, bytes } of copies.sort((a, b) => a.at - b.at)) room.add(name, bytes);
}

/** Copies of a distant store's files on this disk, the least recently used of which make room for others. */
export async function cachedCopies({ store, folder, maxBytes }: CacheOptions): Promise<CubeFiles> {
  const home = resolve(folder);
  await mkdir(home, { recursive: true });
  const room = createRoom(maxBytes, (name) => rm(join(home, name), { force: true }));
  await takeStock(home, room);
  await room.tidy();
  const arriving = new Map<string, Promise<void>>();

  const fetch = async (key: string, name: string): Promise<void> => {
    const object = await store.read(key);
    const temporary = join(home, `incoming-${randomBytes(8).toString('hex')}`);
    room.add(name, object.length);
    try {
      await room.tidy();
      await pipeline(object.stream, createWriteStream(temporary, { flags: 'wx' }));
      const { size } = await stat(temporary);
      if (size !== object.length) throw new Error(`${size} of ${object.length} bytes of ${key} arrived`);
      await rename(temporary, join(home, name));
    } catch (error) {
      object.stream.destroy();
      room.forget(name);
      await rm(temporary, { force: true });
      throw error;
    }
  };

  const fetchUnlessThere = async (key: string, name: string): Promise<void> => {
    // Someone may have emptied the folder.
    const there = room.has(name) && (await stat(join(home, name)).catch(() => undefined)) !== undefined;
    if (!there) await fetch(key, name);
  };

  /** Fetches a file that is not here: once, however many ask for it. */
  const bring = (key: string, name: string): Promise<void> => {
    const under = arriving.get(name);
    if (under !== undefined) return under;
    const arrival = fetchUnlessThere(key, name).finally(() => arriving.delete(name));
    arriving.set(name, arrival);
    return arrival;
  };

  /** Holds one file. Held before it is here, so that it cannot go between its arrival and the query. */
  const holdingOne = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const name = nameOf(key);
    const release = room.hold(name);
    try {
      await bring(key, name).catch((cause: unknown) => {
        if (cause instanceof ObjectNotFoundError) throw new CubeFileGoneError(cause);
        throw problem('unavailable', 'The data of this cube cannot be reached now.', {
          cause,
          headers: { 'Retry-After': '5' },
        });
      });
      return await work();
    } finally {
      release();
      await room.tidy();
    }
  };

  return {
    pathOf: (key) => join(home, nameOf(key)),
    holding: (keys, work) => keys.reduce((inner, key) => () => holdingOne(key, inner), work)(),
    read: store.read,
  };
}
