import { isFinalStatus } from '@flyloft/common';
import type { ObjectStore, StoredObject } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';

const CUBE_FILES = '_cubes/';
const KEY = /^_cubes\/(?<owner>[^/]+)\/(?<name>[^/]+)\/(?<load>[^/]+)\/(?<attempt>\d+)\//;

export interface SweepOptions {
  readonly registry: Registry;
  readonly store: ObjectStore;
  /** How long the files of a replaced load stay for readers that have them open. */
  readonly graceSeconds: number;
}

/** Removes every object whose key begins so. Answers how many. */
export async function removeFiles(store: ObjectStore, prefix: string): Promise<number> {
  let removed = 0;
  for await (const { key } of store.list(prefix)) {
    await store.remove(key);
    removed += 1;
  }
  return removed;
}

/** Whether nobody reads, nor will read, this file. */
async function isDead(
  { registry, graceSeconds }: SweepOptions,
  { key, modifiedAt }: StoredObject,
): Promise<boolean> {
  const { owner, name, load: loadId = '', attempt } = KEY.exec(key)?.groups ?? {};
  if (owner === undefined) return false;
  // The load before its package: a load that is seen to be done has its files in a package read later.
  const load = await registry.findLoad(loadId);
  const registered = await registry.findPackage(`${owner}:${name}`);
  if (registered?.cubes.some(({ file }) => file === key)) return false;
  // Either its attempt was overtaken or its load has failed: nobody has ever read it.
  if (load === undefined || load.attempt !== Number(attempt) || load.status === 'fail') return true;
  if (!isFinalStatus(load.status)) return false;
  // A load that was done: its successor's end, or its package's, is when its last readers began.
  const replacedAt = load.packageDeletedAt ?? registered?.lastUpdate ?? load.finishedAt ?? modifiedAt;
  return Date.now() - replacedAt.getTime() >= graceSeconds * 1000;
}

/** Ends of loads and packages are looked at for this much longer than their files stay. */
const MARGIN_SECONDS = 600;

/**
 * Where something may have died: the files of packages of which a load has ended lately, or which were
 * deleted. Their number follows the loads of the last minutes, not the packages that there are.
 */
async function recentPrefixes({ registry, graceSeconds }: SweepOptions): Promise<string[]> {
  const packages = await registry.packagesToSweep(graceSeconds + MARGIN_SECONDS);
  return packages.map((id) => `${CUBE_FILES}${id.replace(':', '/')}/`);
}

/**
 * Removes the files of dead attempts, and those of replaced loads after the grace period. Any number of
 * workers may sweep at once. Answers the removed keys.
 * @param scope `recent`: packages of which a load has ended lately, or which were deleted; `all`: every file there is, which also
 *   finds what a worker that was lost for long has left.
 */
export async function sweepFiles(options: SweepOptions, scope: 'recent' | 'all' = 'all'): Promise<string[]> {
  const removed: string[] = [];
  for (const prefix of scope === 'all' ? [CUBE_FILES] : await recentPrefixes(options)) {
    for await (const object of options.store.list(prefix)) {
      if (!(await isDead(options, object))) continue;
      await options.store.remove(object.key);
      removed.push(object.key);
    }
  }
  return removed;
}
