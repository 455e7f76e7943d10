import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BrokenUploadError, InvalidKeyError, ObjectNotFoundError, type ObjectStore } from '../src/index.ts';

export interface StoreUnderTest {
  readonly store: ObjectStore;
  /** Names of everything that lies in the store's own space, finished or not. */
  readonly everything: () => Promise<string[]>;
  readonly dispose: () => Promise<void>;
}

const md5 = (text: string) => createHash('md5').update(text).digest('base64');
const content = (text: string) => Readable.from([Buffer.from(text)]);

/** The one conformance suite of the object store port: every adapter runs it against its real engine. */
export function objectStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`object store: ${name}`, () => {
    let subject: StoreUnderTest;
    let store: ObjectStore;

    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });

    afterEach(() => subject.dispose());

    const textOf = async (key: string) => (await buffer((await store.read(key)).stream)).toString();

    it('gives back what was put, with its length and time', async () => {
      const stored = await store.put('ann/budget/data/a b.csv', content('one,two\n'));
      expect(stored).toMatchObject({ key: 'ann/budget/data/a b.csv', length: 8 });
      expect(await textOf('ann/budget/data/a b.csv')).toBe('one,two\n');
      expect(await store.stat('ann/budget/data/a b.csv')).toEqual(stored);
    });

    it('keeps an empty object', async () => {
      await store.put('ann/empty', content(''));
      expect(await textOf('ann/empty')).toBe('');
    });

    it('replaces an object in one step, under a new ETag', async () => {
      const first = await store.put('ann/a', content('first'));
      const reading = await store.read('ann/a');
      const second = await store.put('ann/a', content('second'));
      expect(second.etag).not.toBe(first.etag);
      expect((await buffer(reading.stream)).toString()).toBe('first');
      expect(await textOf('ann/a')).toBe('second');
    });

    it.each([
      [{ start: 2, end: 4 }, '234'],
      [{ start: 0, end: 0 }, '0'],
      [{ start: 7, end: 1_000 }, '789'],
    ])('reads the range %j', async (range, expected) => {
      await store.put('ann/a', content('0123456789'));
      const object = await store.read('ann/a', { range });
      expect(object.length).toBe(10);
      expect((await buffer(object.stream)).toString()).toBe(expected);
    });

    it('refuses a range that begins after the end', async () => {
      await store.put('ann/a', content('0123456789'));
      await expect(store.read('ann/a', { range: { start: 10, end: 12 } })).rejects.toThrow(RangeError);
    });

    it('says plainly that an object is not there', async () => {
      await store.put('ann/a', content('x'));
      await expect(store.read('ann/b')).rejects.toThrow(ObjectNotFoundError);
      await expect(store.read('ann')).rejects.toThrow(ObjectNotFoundError);
      await expect(store.read('ann/a/b')).rejects.toThrow(ObjectNotFoundError);
      expect(await store.stat('ann/b')).toBeUndefined();
      expect(await store.stat('ann')).toBeUndefined();
    });

    it('removes, and does not mind when there is nothing', async () => {
      await store.put('ann/deep/er/a', content('x'));
      await store.remove('ann/deep/er/a');
      await store.remove('ann/deep/er/a');
      expect(await store.stat('ann/deep/er/a')).toBeUndefined();
      expect(await subject.everything()).toEqual([]);
    });

    it('lists by prefix, to the letter', async () => {
      for (const key of ['ann/one/a', 'ann/one/b/c', 'ann/only', 'bob/one/a'])
        await store.put(key, content(key));
      const listed = async (prefix: string) => {
        const keys: string[] = [];
        for await (const object of store.list(prefix)) keys.push(object.key);
        return keys.sort();
      };
      expect(await listed('ann/on')).toEqual(['ann/one/a', 'ann/one/b/c', 'ann/only']);
      expect(await listed('ann/one/')).toEqual(['ann/one/a', 'ann/one/b/c']);
      expect(await listed('')).toHaveLength(4);
      expect(await listed('nobody/')).toEqual([]);
    });

    it('keeps names as they are, whatever characters they have', async () => {
      const names = ['a b+c&d=e?f#g%20h<i>\'j\'"k"!*().csv', 'données/été.csv', ' blank ', '..a/b..'];
      for (const name of names) await store.put(`ann/${name}`, content(name));
      const listed: string[] = [];
      for await (const { key } of store.list('ann/')) listed.push(key);
      expect(listed.sort()).toEqual(names.map((name) => `ann/${name}`).sort());
      for (const name of names) expect(await textOf(`ann/${name}`)).toBe(name);
    });

    it('keeps large content of unknown length byte for byte', async () => {
      const chunk = Buffer.alloc(1024 * 1024, 'flyloft ');
      const chunks = Array.from({ length: 40 }, () => chunk);
      const stored = await store.put('ann/large', Readable.from(chunks));
      expect(stored.length).toBe(40 * chunk.length);
      const hash = createHash('md5');
      for await (const part of (await store.read('ann/large')).stream) hash.update(part);
      expect(hash.digest('hex')).toBe(createHash('md5').update(Buffer.concat(chunks)).digest('hex'));
    });

    it('leaves nothing of large content that breaks off', async () => {
      const broken = Readable.from(
        (async function* () {
          for (let sent = 0; sent < 20; sent++) yield Buffer.alloc(1024 * 1024);
          throw new Error('cable cut');
        })(),
      );
      await expect(store.put('ann/large', broken)).rejects.toThrow('cable cut');
      expect(await subject.everything()).toEqual([]);
      expect(await store.removeLeftovers({ olderThanSeconds: 0 })).toBe(0);
    });

    it('refuses to list under what can be no folder', async () => {
      const first = (prefix: string) => store.list(prefix)[Symbol.asyncIterator]().next();
      await expect(first('../')).rejects.toThrow(InvalidKeyError);
      await expect(first('a/../b')).rejects.toThrow(InvalidKeyError);
    });

    it('stores what arrives as announced', async () => {
      await store.put('ann/a', content('hello'), { length: 5, md5: md5('hello') });
      expect(await textOf('ann/a')).toBe('hello');
    });

    it.each([
      ['too long', 'hello!', { length: 5 }],
      ['too short', 'hell', { length: 5 }],
      ['of another MD5', 'hullo', { length: 5, md5: md5('hello') }],
    ])('leaves nothing of content that is %s, and keeps what was there', async (_what, text, expected) => {
      await expect(store.put('ann/new', content(text), expected)).rejects.toThrow(BrokenUploadError);
      expect(await subject.everything()).toEqual([]);
      await store.put('ann/a', content('before'));
      await expect(store.put('ann/a', content(text), expected)).rejects.toThrow(BrokenUploadError);
      expect(await textOf('ann/a')).toBe('before');
    });

    it('leaves nothing of content that breaks off', async () => {
      const broken = Readable.from(
        (async function* () {
          yield Buffer.from('half');
          throw new Error('cable cut');
        })(),
      );
      await expect(store.put('ann/a', broken)).rejects.toThrow('cable cut');
      expect(await subject.everything()).toEqual([]);
    });

    it('lets one of many writers win, whole', async () => {
      const texts = Array.from({ length: 12 }, (_, index) => `${index}`.repeat(50_000));
      await Promise.all(texts.map((text) => store.put('ann/a', content(text))));
      expect(texts).toContain(await textOf('ann/a'));
    });

    it.each(['../a', '/a', 'a//b', 'a/..', ''])('refuses the key %j in every method', async (key) => {
      await expect(store.put(key, content('x'))).rejects.toThrow(InvalidKeyError);
      await expect(store.read(key)).rejects.toThrow(InvalidKeyError);
      await expect(store.stat(key)).rejects.toThrow(InvalidKeyError);
      await expect(store.remove(key)).rejects.toThrow(InvalidKeyError);
      expect(() => store.localPath(key)).toThrow(InvalidKeyError);
    });

    it('answers that it is usable', async () => {
      await expect(store.check()).resolves.toBeUndefined();
    });
  });
}
