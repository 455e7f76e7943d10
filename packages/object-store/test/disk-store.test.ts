import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { createDiskStore, InvalidKeyError } from '../src/index.ts';
import { objectStoreSuite } from './object-store-suite.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'object-store-'));

objectStoreSuite('disk', async () => {
  const folder = await newFolder();
  return {
    store: createDiskStore({ folder }),
    everything: async () => [
      ...(await readdir(join(folder, 'objects')).catch(() => [])),
      ...(await readdir(join(folder, 'incoming')).catch(() => [])),
    ],
    dispose: () => rm(folder, { recursive: true }),
  };
});

describe('disk store', () => {
  it('says where a program on this machine finds an object', async () => {
    const folder = await newFolder();
    const store = createDiskStore({ folder });
    await store.put('ann/a.csv', Readable.from(['x']));
    expect(await readFile(store.localPath('ann/a.csv') ?? '', 'utf8')).toBe('x');
    await rm(folder, { recursive: true });
  });

  it('refuses an object under another object, which no folder can hold', async () => {
    const folder = await newFolder();
    const store = createDiskStore({ folder });
    await store.put('ann/a', Readable.from(['x']));
    await expect(store.put('ann/a/b', Readable.from(['y']))).rejects.toThrow(InvalidKeyError);
    await store.put('ann/c/d', Readable.from(['x']));
    await expect(store.put('ann/c', Readable.from(['y']))).rejects.toThrow(InvalidKeyError);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('forgets what a killed process left half-written, but not what may still be arriving', async () => {
    const folder = await newFolder();
    const store = createDiskStore({ folder });
    expect(await store.removeLeftovers({ olderThanSeconds: 60 })).toBe(0);
    await mkdir(join(folder, 'incoming'));
    for (const name of ['old', 'new']) await writeFile(join(folder, 'incoming', name), 'half');
    const longAgo = new Date(Date.now() - 120_000);
    await utimes(join(folder, 'incoming', 'old'), longAgo, longAgo);
    expect(await store.removeLeftovers({ olderThanSeconds: 60 })).toBe(1);
    expect(await readdir(join(folder, 'incoming'))).toEqual(['new']);
    await rm(folder, { recursive: true });
  });

  it('reports a folder that cannot be made', async () => {
    const folder = await newFolder();
    const store = createDiskStore({ folder: join(folder, 'file', 'inside') });
    await writeFile(join(folder, 'file'), '');
    await expect(store.check()).rejects.toThrow(/ENOTDIR/);
    await rm(folder, { recursive: true });
  });
});
