import { join, resolve } from 'node:path';
import { openFiles } from '@flyloft/object-store';
import type { HealthCheck } from '@flyloft/service-kit';
import type { Configuration } from '../config.ts';
import type { CubeFiles } from './cube-files.ts';
import { cachedCopies } from './disk/cached-copies.ts';
import { filesInPlace } from './disk/in-place.ts';

export interface OpenCubeFiles {
  readonly files: CubeFiles;
  /** The folder that the engine reads: cubes only, what people have uploaded is out of its reach. */
  readonly folder: string;
  readonly healthChecks: readonly HealthCheck[];
  readonly close: () => void;
}

/** The files of cubes, where they are or in copies; undefined where no files are configured. */
export async function openCubeFiles(config: Configuration): Promise<OpenCubeFiles | undefined> {
  const { FILES_FOLDER, S3_ENDPOINT, CACHE_FOLDER } = config;
  if (S3_ENDPOINT !== undefined && CACHE_FOLDER !== undefined) {
    const { store } = openFiles(config);
    const folder = resolve(CACHE_FOLDER, 'cubes');
    return {
      files: await cachedCopies({ store, folder, maxBytes: config.CACHE_MAX_BYTES }),
      folder,
      healthChecks: [{ name: 'files', check: store.check }],
      close: store.close,
    };
  }
  if (FILES_FOLDER === undefined) return undefined;
  const { store } = openFiles(config);
  return {
    files: filesInPlace(store),
    folder: join(resolve(FILES_FOLDER), 'objects', '_cubes'),
    healthChecks: [],
    close: store.close,
  };
}
