import { problem } from '@flyloft/common';
import type { ObjectStore } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';
import type { AnnouncedFile } from './announced-files.ts';

export interface RoomDependencies {
  readonly registry: Pick<Registry, 'reserveUploads'>;
  readonly store: Pick<ObjectStore, 'list'>;
  /** Of all files of one owner together. */
  readonly maxOwnerBytes: number;
}

/**
 * Keeps an owner within their quota: what is stored, what was announced, and what is announced now.
 * @throws {ProblemError} 413; nothing is reserved then.
 */
export async function reserveRoom(
  { registry, store, maxOwnerBytes }: RoomDependencies,
  request: {
    readonly owner: string;
    readonly files: readonly AnnouncedFile[];
    readonly lifeSeconds: number;
  },
): Promise<void> {
  const { owner, files, lifeSeconds } = request;
  const storedBytes = async () => {
    const stored = new Map<string, number>();
    for await (const { key, length } of store.list(`${owner}/`)) stored.set(key, length);
    return stored;
  };
  const { reserved, bytes } = await registry.reserveUploads({
    owner,
    files: files.map(({ key, length }) => ({ key, bytes: length })),
    maxBytes: maxOwnerBytes,
    lifeSeconds,
    storedBytes,
  });
  if (reserved) return;
  const detail = `The files of ${owner} would take ${bytes} bytes, ${maxOwnerBytes} are allowed: announce less, or ask an administrator for room`;
  throw problem('too_large', detail);
}
