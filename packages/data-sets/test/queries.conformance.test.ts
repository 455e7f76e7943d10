import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataSet } from '../src/index.ts';
import { ENGINES, type Engine, newDataSet, read, readText, write } from './engines.ts';

const W1 = '2014-01-06T00:00:00+00:00';
const W2 = '2014-01-13T00:00:00+00:00';
const W3 = '2014-01-20T00:00:00+00:00';
const W4 = '2014-01-27T00:00:00+00:00';
const WEEKS = 'period=week&start_at=2014-01-06T00:00:00Z&end_at=2014-01-27T00:00:00Z';

for (const { name, describe, start } of ENGINES) {
  describe(`queries on ${name}`, () => {
    let engine: Engine;
    let dataSet: DataSet;
    const ask = (query: string) => read(engine.dataSets, dataSet, query);

    beforeAll(async () => {
      engine = await start();
      dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, [
        { _id: 'one', _timestamp: '2014-01-06T00:00:00Z', dept: 'a', nn: 1 },
        { _id: 'two', _timestamp: '2014-01-07T10:00:00Z', dept: 'a', nn: 2 },
        { _id: 'three', _timestamp: '2014-01-20T00:00:00Z', dept: 'b', nn: 3.5 },
      ]);
    });
    afterAll(() => engine.stop());

    it('answers raw records whole, with the period keys, in order of arrival', async () => {
      const rows = await ask('');
      expect(rows).toHaveLength(3);
      expect(rows).toMatchObject([{ _id: 'one' }, { _id: 'two' }, { _id: 'three' }]);
      expect(rows).toMatchObject({
        1: {
          _timestamp: '2014-01-07T10:00:00+00:00',
          _hour_start_at: '2014-01-07T10:00:00+00:00',
          _day_start_at: '2014-01-07T00:00:00+00:00',
          _week_start_at: W1,
          _month_start_at: '2014-01-01T00:00:00+00:00',
          _quarter_start_at: '2014-01-01T00:00:00+00:00',
          _year_start_at: '2014-01-01T00:00:00+00:00',
          dept: 'a',
          nn: 2,
        },
      });
    });

    it('groups by a key, ascending', async () => {
      expect(await ask('group_by=dept')).toEqual([
        { dept: 'a', _count: 2 },
        { dept: 'b', _count: 1 },
      ]);
    });

    it('collects sums and means of groups', async () => {
      expect(await ask('group_by=dept&collect=nn:sum&collect=nn:mean')).toEqual([
        { dept: 'a', _count: 2, 'nn:sum': 3, 'nn:mean': 1.5 },
        { dept: 'b', _count: 1, 'nn:sum': 3.5, 'nn:mean': 3.5 },
      ]);
    });

    it('answers a bare collect under both names', async () => {
      expect(await ask('group_by=dept&collect=nn')).toMatchObject([
        { nn: [1, 2], 'nn:set': [1, 2] },
        { nn: [3.5] },
      ]);
      expect(await ask('group_by=dept&collect=nn:set')).toEqual([
        { dept: 'a', _count: 2, 'nn:set': [1, 2] },
        { dept: 'b', _count: 1, 'nn:set': [3.5] },
      ]);
    });

    it('collects min, max, median and count', async () => {
      const query = 'group_by=dept&collect=nn:min&collect=nn:max&collect=nn:median&collect=nn:count';
      expect(await ask(query)).toMatchObject([
        { 'nn:min': 1, 'nn:max': 2, 'nn:median': 1.5, 'nn:count': 2 },
        { 'nn:min': 3.5, 'nn:max': 3.5, 'nn:median': 3.5, 'nn:count': 1 },
      ]);
    });

    it('fills the weeks without records', async () => {
      expect(await ask(WEEKS)).toEqual([
        { _start_at: W1, _end_at: W2, _count: 2 },
        { _start_at: W2, _end_at: W3, _count: 0 },
        { _start_at: W3, _end_at: W4, _count: 1 },
      ]);
    });

    it('fills collected values with null, and leaves the bare name out', async () => {
      expect(await ask(`${WEEKS}&collect=nn`)).toMatchObject([
        { nn: [1, 2], 'nn:set': [1, 2] },
        { _count: 0, 'nn:set': null },
        { nn: [3.5] },
      ]);
      expect(((await ask(`${WEEKS}&collect=nn`)) as object[])[1]).not.toHaveProperty('nn');
    });

    it('nests periods in groups', async () => {
      const rows = await ask(`${WEEKS}&group_by=dept&collect=nn:sum`);
      expect(rows).toEqual([
        {
          dept: 'a',
          _count: 2,
          _group_count: 1,
          'nn:sum': 3,
          values: [
            { _start_at: W1, _end_at: W2, _count: 2, 'nn:sum': 3 },
            { _start_at: W2, _end_at: W3, _count: 0, 'nn:sum': null },
            { _start_at: W3, _end_at: W4, _count: 0, 'nn:sum': null },
          ],
        },
        {
          dept: 'b',
          _count: 1,
          _group_count: 1,
          'nn:sum': 3.5,
          values: [
            { _start_at: W1, _end_at: W2, _count: 0, 'nn:sum': null },
            { _start_at: W2, _end_at: W3, _count: 0, 'nn:sum': null },
            { _start_at: W3, _end_at: W4, _count: 1, 'nn:sum': 3.5 },
          ],
        },
      ]);
    });

    it('flattens to one row a period and group', async () => {
      const rows = await ask(`${WEEKS}&group_by=dept&flatten=true`);
      expect(rows).toHaveLength(6);
      expect(rows).toMatchObject({
        0: { dept: 'a', _start_at: W1, _count: 2 },
        3: { dept: 'b', _start_at: W2, _end_at: W3, _count: 0 },
        5: { dept: 'b', _start_at: W3, _count: 1 },
      });
    });

    it('counts only records inside the exact bounds, in buckets of whole periods', async () => {
      expect(await ask('period=week&start_at=2014-01-07T00:00:00Z&end_at=2014-01-20T00:00:00Z')).toEqual([
        { _start_at: W1, _end_at: W2, _count: 1 },
        { _start_at: W2, _end_at: W3, _count: 0 },
      ]);
    });

    it('counts a record at an inclusive end that is a boundary in its group but in no bucket', async () => {
      const query = 'period=week&start_at=2014-01-06T00:00:00Z&end_at=2014-01-20T00:00:00Z&inclusive=true';
      expect(await ask(query)).toEqual([
        { _start_at: W1, _end_at: W2, _count: 2 },
        { _start_at: W2, _end_at: W3, _count: 0 },
      ]);
      expect(await ask(`${query}&group_by=dept`)).toMatchObject([
        { dept: 'a', _count: 2 },
        { dept: 'b', _count: 1, _group_count: 1, values: [{ _count: 0 }, { _count: 0 }] },
      ]);
    });

    it('moves a relative window over blank periods, once', async () => {
      expect(await ask('period=week&duration=3&end_at=2014-02-03T00:00:00Z')).toMatchObject([
        { _start_at: W1, _count: 2 },
        { _start_at: W2, _count: 0 },
        { _start_at: W3, _count: 1 },
      ]);
      expect(await ask('period=week&duration=2&start_at=2014-01-13T00:00:00Z')).toMatchObject([
        { _start_at: W3, _count: 1 },
        { _start_at: W4, _count: 0 },
      ]);
      expect(await ask('period=week&duration=3&end_at=2014-02-03T00:00:00Z&flatten=true')).toMatchObject([
        { _start_at: W2 },
        { _start_at: W3 },
        { _start_at: W4 },
      ]);
    });

    it('moves the window of groups by the smallest move', async () => {
      const query = 'period=week&duration=4&end_at=2014-02-03T00:00:00Z&group_by=dept';
      expect(await ask(query)).toMatchObject([
        { dept: 'a', values: [{}, { _start_at: W1, _count: 2 }, {}, { _start_at: W3 }] },
        { dept: 'b', values: [{}, {}, {}, { _start_at: W3, _count: 1 }] },
      ]);
    });

    it('sorts and limits groups', async () => {
      expect(await ask('group_by=dept&sort_by=_count:ascending')).toMatchObject([
        { dept: 'b' },
        { dept: 'a' },
      ]);
      expect(await ask('group_by=dept&collect=nn:sum&sort_by=nn:sum:descending&limit=1')).toMatchObject([
        { dept: 'b' },
      ]);
    });

    it('filters by text and by prefix', async () => {
      expect(await ask('filter_by=dept:b')).toMatchObject([{ _id: 'three' }]);
      expect(await ask('filter_by=_id:two')).toMatchObject([{ _id: 'two' }]);
      expect(await ask('filter_by_prefix=_id:t')).toMatchObject([{ _id: 'two' }, { _id: 'three' }]);
      expect(await ask('filter_by=nn:1')).toEqual([]);
    });

    it('answers all-zero periods, or no groups, where nothing matches', async () => {
      expect(await ask(`${WEEKS}&filter_by=dept:none`)).toMatchObject([
        { _count: 0 },
        { _count: 0 },
        { _count: 0 },
      ]);
      expect(await ask(`${WEEKS}&filter_by=dept:none&group_by=dept`)).toEqual([]);
      expect(await ask('group_by=nowhere')).toEqual([]);
      expect(await ask('filter_by=dept:%00')).toEqual([]);
    });

    it('refuses arithmetic over text', async () => {
      await expect(ask('group_by=nn&collect=dept:sum')).rejects.toThrow('invalid collect function');
      await expect(ask(`${WEEKS}&collect=dept:max`)).rejects.toThrow('invalid collect function');
    });

    it('answers exact sums, means and digits', async () => {
      const money = await newDataSet(engine.dataSets);
      await write(
        engine.dataSets,
        money,
        '[{"all":"x","nn":0.1},{"all":"x","nn":0.2},{"all":"x","nn":9007199254740991},{"all":"x","nn":1234567890.12345678901}]',
      );
      expect(await readText(engine.dataSets, money, 'group_by=all&collect=nn:sum&collect=nn:max')).toBe(
        '[{"_count":4,"all":"x","nn:max":9007199254740991,"nn:sum":9007200489308881.42345678901}]',
      );
      expect(
        await readText(engine.dataSets, money, 'filter_by=all:x&limit=4&sort_by=nn:descending'),
      ).toContain('"nn":1234567890.12345678901');
    });
  });
}
