import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createDiskStore, type ObjectStore } from '@flyloft/object-store';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cachedCopies } from '../src/cubes/disk/cached-copies.ts';

let folder: string;
let cache: string;
let store: ObjectStore;
let reads: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flyloft-copies-'));
  cache = join(folder, 'cache');
  store = createDiskStore({ folder: join(folder, 'store') });
  reads = [];
  for (const key of ['a', 'b', 'c', 'd']) await store.put(key, Readable.from([Buffer.from(key.repeat(10))]));
});

afterEach(() => rm(folder, { recursive: true }));

const open = (maxBytes: number, from: Pick<ObjectStore, 'read'> = store) =>
  cachedCopies({
    folder: cache,
    maxBytes,
    store: {
      read: (key, options) => {
        reads.push(key);
        return from.read(key, options);
      },
    },
  });

/** A promise and what resolves it: work that a test ends when it likes. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let openIt: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    openIt = resolve;
  });
  return { passed, open: openIt };
}

const bytesThere = async () => (await readdir(cache)).length * 10;

describe('copies of distant files', () => {
  it('has the file at its path while it is held, fetched once', async () => {
    const files = await open(100);
    const read = () => files.holding(['a'], () => readFile(files.pathOf('a'), 'utf8'));
    expect(await read()).toBe('a'.repeat(10));
    expect(await read()).toBe('a'.repeat(10));
    expect(reads).toEqual(['a']);
  });

  it('fetches a file once when many ask for it at once', async () => {
    const files = await open(100);
    const asked = Array.from({ length: 30 }, () =>
      files.holding(['a'], () => readFile(files.pathOf('a'), 'utf8')),
    );
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['a'.repeat(10)]));
    expect(reads).toEqual(['a']);
  });

  it('lets the least recently used go when there is no room', async () => {
    const files = await open(20);
    const use = (key: string) => files.holding([key], async () => undefined);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await use(key);
    // c took the place of b, then b that of c; a was always used since
    expect(reads).toEqual(['a', 'b', 'c', 'b']);
    expect(await bytesThere()).toBe(20);
  });

  it('never removes a file that a query has open, and comes back under its bound afterwards', async () => {
    const files = await open(10);
    const end = gate();
    const began = gate();
    const query = files.holding(['a'], async () => {
      began.open();
      await end.passed;
      return readFile(files.pathOf('a'), 'utf8');
    });
    await began.passed;
    for (const key of ['b', 'c']) await files.holding([key], async () => undefined);
    end.open();
    expect(await query).toBe('a'.repeat(10));
    expect(await bytesThere()).toBe(10);
  });

  it('answers rightly under many queries and little room', async () => {
    const files = await open(20);
    const keys = Array.from({ length: 200 }, (_, index) => 'abcd'[(index * 7 + (index >> 2)) % 4] ?? 'a');
    const texts = await Promise.all(
      keys.map((key) => files.holding([key], () => readFile(files.pathOf(key), 'utf8'))),
    );
    expect(texts).toEqual(keys.map((key) => key.repeat(10)));
    expect(await bytesThere()).toBe(20);
  });

  it('keeps the copies of an earlier run, and removes what it left unfinished', async () => {
    await (await open(100)).holding(['a'], async () => undefined);
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, 'incoming-0123456789abcdef'), 'half');
    const files = await open(100);
    expect(await files.holding(['a'], () => readFile(files.pathOf('a'), 'utf8'))).toBe('a'.repeat(10));
    expect(reads).toEqual(['a']);
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('starts under its bound, the oldest copies gone', async () => {
    const first = await open(100);
    for (const key of ['a', 'b']) await first.holding([key], async () => undefined);
    await utimes(first.pathOf('b'), 1, 1);
    const files = await open(10);
    await files.holding(['a'], async () => undefined);
    expect(reads).toEqual(['a', 'b']);
  });

  it('says that the data cannot be reached, leaves nothing, and tries again', async () => {
    let broken = true;
    const files = await open(100, {
      read: async (key) => {
        const object = await store.read(key);
        if (!broken) return object;
        object.stream.destroy();
        return { ...object, stream: Readable.from([Buffer.from('short')]) };
      },
    });
    const use = () => files.holding(['a'], () => readFile(files.pathOf('a'), 'utf8'));
    await expect(use()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await readdir(cache)).toEqual([]);
    broken = false;
    expect(await use()).toBe('a'.repeat(10));
  });

  it('fetches anew what somebody has removed from the folder', async () => {
    const files = await open(100);
    const use = () => files.holding(['a'], () => readFile(files.pathOf('a'), 'utf8'));
    await use();
    await rm(files.pathOf('a'));
    expect(await use()).toBe('a'.repeat(10));
  });
});
