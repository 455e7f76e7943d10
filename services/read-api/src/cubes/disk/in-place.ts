import { resolve } from 'node:path';
import type { ObjectStore } from '@flyloft/object-store';
import type { CubeFiles } from '../cube-files.ts';

/** Reads the files of a store on this disk where they are: they never change, so nothing is copied. */
export function filesInPlace(store: Pick<ObjectStore, 'localPath' | 'read'>): CubeFiles {
  return {
    pathOf: (key) => {
      const path = store.localPath(key);
      if (path === undefined) throw new Error(`${key} is not on this disk`);
      return resolve(path);
    },
    holding: (_keys, work) => work(),
    read: store.read,
  };
}
