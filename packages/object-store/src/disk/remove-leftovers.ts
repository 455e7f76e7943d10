import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { incomingFolder, isAbsent } from './layout.ts';

export interface LeftoversOptions {
  /** The store's folder. */
  readonly folder: string;
  /** Younger ones may still be arriving. */
  readonly olderThanSeconds: number;
}

/** Removes what a process left half-written that was killed; answers how many files. */
export async function removeLeftovers({ folder, olderThanSeconds }: LeftoversOptions): Promise<number> {
  const incoming = incomingFolder(folder);
  const names = await readdir(incoming).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const limit = Date.now() - olderThanSeconds * 1000;
  let removed = 0;
  for (const path of names.map((name) => join(incoming, name))) {
    const stats = await stat(path).catch(() => undefined);
    // The time of the last byte that arrived, so a slow upload is left alone.
    if (stats === undefined || stats.mtimeMs > limit) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
