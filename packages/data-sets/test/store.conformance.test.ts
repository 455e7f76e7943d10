import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ENGINES, type Engine, newDataSet, read, write } from './engines.ts';

for (const { name, describe, start } of ENGINES) {
  describe(`the record store on ${name}`, () => {
    let engine: Engine;
    // A second process would see the same engine through its own connections and caches.
    let other: Omit<Engine, 'another'>;
    const everything = { filters: [], inclusive: false, limit: 1_000 };

    beforeAll(async () => {
      engine = await start();
      other = await engine.another();
    });
    afterAll(async () => {
      await other.stop();
      await engine.stop();
    });

    it('replaces whole records, also where another process added keys meanwhile', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, { _id: 'a', old: 1 });
      await write(other.dataSets, dataSet, { _id: 'a', fresh: 2 });
      await write(engine.dataSets, dataSet, { _id: 'a', old: 3 });
      const [record] = await engine.dataSets.store.find(dataSet, everything);
      expect(record).toMatchObject({ _id: 'a', old: 3 });
      expect(record).not.toHaveProperty('fresh');
    });

    it('keeps the place of a replaced record in the order of arrival', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, [{ _id: 'z' }, { _id: 'm' }, { _id: 'a' }]);
      await write(other.dataSets, dataSet, [{ _id: 'b' }, { _id: 'z', nn: 1 }, { _id: 'aa' }]);
      expect(await read(engine.dataSets, dataSet, '')).toMatchObject(
        ['z', 'm', 'a', 'b', 'aa'].map((_id) => ({ _id })),
      );
    });

    it('keeps null apart from missing', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, [
        { _id: 'null', all: 'x', key: null },
        { _id: 'missing', all: 'x' },
        { _id: 'set', all: 'x', key: 5 },
      ]);
      const rows = await read(engine.dataSets, dataSet, 'filter_by=all:x&limit=9&sort_by=key:ascending');
      expect(rows).toMatchObject([{ _id: 'null', key: null }, { _id: 'missing' }, { _id: 'set', key: 5 }]);
      expect((rows as object[])[1]).not.toHaveProperty('key');
      expect(await read(engine.dataSets, dataSet, 'group_by=all&collect=key&collect=key:count')).toEqual([
        { all: 'x', _count: 3, key: [null, 5], 'key:set': [null, 5], 'key:count': 2 },
      ]);
      expect(await read(engine.dataSets, dataSet, 'group_by=key')).toEqual([{ key: 5, _count: 1 }]);
      await expect(read(engine.dataSets, dataSet, 'group_by=all&collect=key:sum')).rejects.toThrow(
        'invalid collect function',
      );
    });

    it('takes a key of any type, and sorts null < booleans and numbers < text by code point', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const values = ['b', 'B', '\u{1F600}', '\uFF5E', 2, true, false, null, -1, 1.5, ''];
      await write(
        engine.dataSets,
        dataSet,
        values.map((key, index) => ({ _id: `r${index}`, key })),
      );
      const keysOf = (rows: unknown) => (rows as { key: unknown }[]).map(({ key }) => key);
      const sorted = [null, -1, false, true, 1.5, 2, '', 'B', 'b', '\uFF5E', '\u{1F600}'];
      expect(keysOf(await read(engine.dataSets, dataSet, 'sort_by=key:ascending'))).toEqual(sorted);
      expect(keysOf(await read(engine.dataSets, dataSet, 'sort_by=key:descending'))).toEqual(
        sorted.reverse(),
      );
      expect(keysOf(await read(engine.dataSets, dataSet, 'group_by=key'))).toEqual(sorted.reverse().slice(1));
    });

    it('holds more keys than a table may have columns', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`key_${index}`, index]));
      await write(engine.dataSets, dataSet, [{ _id: 'wide', ...wide }]);
      const [record] = await engine.dataSets.store.find(dataSet, everything);
      expect(record).toMatchObject(wide);
      expect(await read(engine.dataSets, dataSet, 'group_by=key_1999&collect=key_1500:sum')).toEqual([
        { key_1999: 1_999, _count: 1, 'key_1500:sum': 1_500 },
      ]);
    });

    it('stores a batch whole or not at all, as readers see it', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, { _id: 'first' });
      const batch = Array.from({ length: 500 }, (_, index) => ({ _id: `r${index}`, all: 'x' }));
      let isWriting = true;
      const writing = write(other.dataSets, dataSet, batch).finally(() => {
        isWriting = false;
      });
      const seen = new Set<number>();
      while (isWriting) seen.add((await engine.dataSets.store.find(dataSet, everything)).length);
      await writing;
      for (const count of seen) expect([1, 501]).toContain(count);
    });

    it('hands out all records in the order of their arrival, from any of them on, whole', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const body = Array.from({ length: 25 }, (_, index) => ({
        _id: `r${25 - index}`,
        _timestamp: '2014-01-06T00:00:00.012Z',
        _start_at: '2014-01-06',
        nn: index === 3 ? 'text' : index + 0.25,
        none: null,
      }));
      await write(engine.dataSets, dataSet, body);
      await write(engine.dataSets, dataSet, { _id: 'r25', nn: 1 });
      const scan = async (after?: string) => {
        const pages = [];
        const options = { pageSize: 10, ...(after !== undefined && { after }) };
        for await (const page of other.dataSets.store.scan(dataSet, options)) pages.push(page);
        return pages;
      };
      const pages = await scan();
      expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
      const all = pages.flat();
      expect(all.map(({ record }) => record.id)).toEqual(body.map(({ _id }) => _id));
      expect(await scan(all[11]?.position)).toEqual([all.slice(12, 22), all.slice(22)]);
      // Stored elsewhere, a record is the same there, the time of its last save included.
      const copy = await newDataSet(engine.dataSets);
      await engine.dataSets.store.upsert(
        copy,
        all.map(({ record }) => record),
      );
      expect(await engine.dataSets.store.find(copy, everything)).toEqual(
        await engine.dataSets.store.find(dataSet, everything),
      );
    });

    it('drops records alone, and says whether there were any', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      expect(await engine.dataSets.store.drop(dataSet)).toBe(false);
      await write(engine.dataSets, dataSet, [{ nn: 1 }, { nn: 2 }]);
      expect(await engine.dataSets.store.drop(dataSet)).toBe(true);
      expect(await engine.dataSets.store.drop(dataSet)).toBe(false);
      await write(engine.dataSets, dataSet, { nn: 3 });
      expect(await engine.dataSets.store.find(dataSet, everything)).toHaveLength(1);
    });

    it('404: a write to a data set that was removed meanwhile is no write', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, { nn: 1 });
      expect(await other.dataSets.catalogue.remove(dataSet)).toBe(true);
      expect(await other.dataSets.catalogue.remove(dataSet)).toBe(false);
      await expect(write(engine.dataSets, dataSet, { nn: 2 })).rejects.toMatchObject({ status: 404 });
      await expect(write(engine.dataSets, dataSet, [{ nn: 2 }, { nn: 3 }])).rejects.toMatchObject({
        status: 404,
      });
    });

    it('filters by ranges of numbers, of dates and of text, and by what is not', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, [
        { _id: 'a', _timestamp: '2014-01-01T00:00:00Z', nn: 1, opened: '2014-01-01' },
        { _id: 'b', _timestamp: '2014-01-02T00:00:00Z', nn: 2.5, opened: '2014-01-02' },
        { _id: 'c', _timestamp: '2014-01-03T00:00:00Z', nn: 1_234_567.125, flag: true },
        { _id: 'd', nn: 'text', flag: null },
      ]);
      const idsOf = async (query: string) =>
        ((await read(engine.dataSets, dataSet, query)) as { _id: string }[]).map(({ _id }) => _id);
      expect(await idsOf('filter_by_range=nn:1..2.5')).toEqual(['a', 'b']);
      expect(await idsOf('filter_by_range=nn:2.6..')).toEqual(['c']);
      expect(await idsOf('filter_by_range=nn:..1')).toEqual(['a']);
      expect(await idsOf('filter_by_range=_timestamp:2014-01-02..')).toEqual(['b', 'c']);
      expect(await idsOf('filter_by_range=_week_start_at:2013-12-30..2013-12-30')).toEqual(['a', 'b', 'c']);
      expect(await idsOf('filter_by_range=opened:2014-01-02..2014-02-01')).toEqual(['b']);
      expect(await idsOf('filter_by_not=flag:true')).toEqual(['a', 'b', 'd']);
      expect(await idsOf('filter_by_not=nn:text&filter_by_not=_id:a')).toEqual(['b', 'c']);
    });

    it('pages through raw records, and streams all of them', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const ids = Array.from({ length: 2_345 }, (_, index) => `r${index}`);
      await write(
        engine.dataSets,
        dataSet,
        ids.map((_id, nn) => ({ _id, nn })),
      );
      expect(await read(engine.dataSets, dataSet, 'page=3&page_size=2')).toMatchObject([
        { nn: 4 },
        { nn: 5 },
      ]);
      expect(await read(engine.dataSets, dataSet, 'page=2&page_size=4&limit=6')).toHaveLength(2);
      expect(await read(engine.dataSets, dataSet, 'page=3&page_size=4&limit=6')).toHaveLength(0);
      const streamed: unknown[] = [];
      for await (const page of engine.dataSets.store.stream(dataSet, {
        ...everything,
        sort: { by: 'nn', direction: 'descending' },
        limit: Number.POSITIVE_INFINITY,
      })) {
        streamed.push(...page.map(({ _id }) => _id));
      }
      expect(streamed).toEqual(ids.reverse());
    });

    it('knows the newest timestamp, or the time of the last save where there is none', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      expect(await engine.dataSets.store.lastUpdated(dataSet)).toBeUndefined();
      const before = Date.now();
      await write(engine.dataSets, dataSet, { nn: 1 });
      const saved = await engine.dataSets.store.lastUpdated(dataSet);
      expect(saved?.getTime()).toBeGreaterThanOrEqual(before - 1);
      await write(engine.dataSets, dataSet, [
        { _timestamp: '2014-01-02T00:00:00Z' },
        { _timestamp: '2014-01-01T00:00:00Z' },
      ]);
      expect(await engine.dataSets.store.lastUpdated(dataSet)).toEqual(new Date('2014-01-02T00:00:00Z'));
    });

    it('does not take text for code', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const texts = ["'; DROP TABLE data_sets.data_sets; --", '$nn', '{"$gt":""}', '$1', '\\', '%'];
      await write(
        engine.dataSets,
        dataSet,
        texts.map((key) => ({ _id: encodeURIComponent(key), key, nn: 1 })),
      );
      for (const text of texts) {
        const filter = new URLSearchParams({ filter_by: `key:${text}` });
        expect(await read(engine.dataSets, dataSet, `${filter}`)).toMatchObject([{ key: text }]);
        const prefix = new URLSearchParams({ filter_by_prefix: `key:${text}` });
        expect(await read(engine.dataSets, dataSet, `${prefix}`)).toMatchObject([{ key: text }]);
      }
      expect(await read(engine.dataSets, dataSet, 'group_by=key')).toHaveLength(texts.length);
    });
  });
}
