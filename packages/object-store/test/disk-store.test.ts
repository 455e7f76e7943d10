import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

  it('reports a folder that cannot be made', async () => {
    const folder = await newFolder();
    const store = createDiskStore({ folder: join(folder, 'file', 'inside') });
    await createDiskStore({ folder }).put('x', Readable.from(['x']));
    await rm(join(folder, 'file'), { force: true });
    await chmod(folder, 0o700);
    await import('node:fs/promises').then(({ writeFile }) => writeFile(join(folder, 'file'), ''));
    await expect(store.check()).rejects.toThrow(/ENOTDIR/);
    await rm(folder, { recursive: true });
  });
});
