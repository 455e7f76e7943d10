import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { DataSet } from '../src/index.ts';
import { parseBatch } from '../src/index.ts';
import type { DataRecord } from '../src/records/record.ts';
import type { Receipt } from '../src/store/receipt.ts';
import { ENGINES, type Engine, newDataSet, write } from './engines.ts';

function recordsOf(body: unknown): readonly DataRecord[] {
  const batch = parseBatch(body);
  if ('errors' in batch) throw new Error(JSON.stringify(batch.errors));
  return batch.records;
}

/** Batches that can be read again and again. */
function batchesOf(...bodies: unknown[]) {
  const batches = bodies.map(recordsOf);
  return async function* () {
    yield* batches;
  };
}

for (const { name, describe, start } of ENGINES) {
  describe(`changing records on ${name}`, () => {
    let engine: Engine;
    let other: Omit<Engine, 'another'>;
    const everything = { filters: [], inclusive: false, limit: 10_000 };
    const stored = (dataSet: DataSet) => engine.dataSets.store.find(dataSet, everything);
    const again = async (dataSet: DataSet) => {
      const found = await engine.dataSets.catalogue.findByName(dataSet.name);
      if (found === undefined) throw new Error('the data set is gone');
      return found;
    };

    beforeAll(async () => {
      engine = await start();
      other = await engine.another();
    });
    afterAll(async () => {
      await other.stop();
      await engine.stop();
    });

    it('changes one record: other keys stay, period keys follow the timestamp, its place is kept', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, [
        { _id: 'a', _timestamp: '2014-01-06T00:00:00Z', all: 'x', nn: 1, gone: null },
        { _id: 'b' },
      ]);
      // A key that this engine's process has not heard of.
      await write(other.dataSets, dataSet, [{ _id: 'a', _timestamp: '2014-01-06', all: 'x', fresh: 'f' }]);
      const changed = await engine.dataSets.store.modify(dataSet, 'a', (record) => ({
        ...record,
        timestamp: new Date('2014-02-03T00:00:00Z'),
        values: new Map([...record.values, ['text', 'new'], ['nn', 'no number any more']]),
      }));
      expect(changed).toBe(true);
      const [first, second] = await stored(dataSet);
      expect(first).toMatchObject({ _id: 'a', all: 'x', fresh: 'f', text: 'new', nn: 'no number any more' });
      expect(first?._week_start_at).toEqual(new Date('2014-02-03T00:00:00Z'));
      expect(second?._id).toBe('b');
    });

    it('changes and removes nothing where there is no such record, or no record at all', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      for (const _turn of ['empty', 'not empty']) {
        expect(await engine.dataSets.store.modify(dataSet, 'none', (record) => record)).toBe(false);
        expect(await engine.dataSets.store.remove(dataSet, 'none')).toBe(false);
        await write(engine.dataSets, dataSet, { _id: 'a' });
      }
      expect(await engine.dataSets.store.remove(dataSet, 'a')).toBe(true);
      expect(await stored(dataSet)).toEqual([]);
    });

    it('leaves a record as it was when the change is refused', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, { _id: 'a', nn: 1 });
      const refusing = engine.dataSets.store.modify(dataSet, 'a', () => {
        throw new Error('refused');
      });
      await expect(refusing).rejects.toThrow('refused');
      expect(await stored(dataSet)).toMatchObject([{ _id: 'a', nn: 1 }]);
    });

    it('loses no change of many at once', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, { _id: 'a' });
      const changes = Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? engine : other).dataSets.store.modify(dataSet, 'a', (record) => ({
          ...record,
          values: new Map([...record.values, [`key_${index}`, index]]),
        })),
      );
      expect(await Promise.all(changes)).toEqual(Array(12).fill(true));
      const [record] = await stored(dataSet);
      for (const index of Array(12).keys()) expect(record).toHaveProperty(`key_${index}`, index);
    });

    it('stores many batches in one step, the last record of an id winning', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const batches = batchesOf([{ _id: 'a', nn: 1 }, { _id: 'b' }], [], [{ _id: 'a', text: 'x', nn: 'y' }]);
      expect(await engine.dataSets.store.upsertAll(dataSet, batches)).toEqual({ kind: 'stored', calls: [] });
      expect(await stored(dataSet)).toMatchObject([{ _id: 'a', nn: 'y', text: 'x' }, { _id: 'b' }]);
    });

    it('ends in the same records whatever order they come in, and however often', async () => {
      const batch = Array.from({ length: 200 }, (_, nn) => ({
        ...{ _id: `r${nn}`, _timestamp: new Date(Date.UTC(2014, 0, 1, nn)).toISOString() },
        ...(nn % 3 === 0 ? { dept: `d${nn % 7}` } : { amount: nn / 8, flag: nn % 2 === 0 }),
      }));
      const stateOf = async (orders: number) => {
        const dataSet = await newDataSet(engine.dataSets);
        for (let order = 0; order < orders; order += 1) {
          const shuffled = batch
            .map((record) => ({ record, at: Math.random() }))
            .sort((one, two) => one.at - two.at)
            .map(({ record }) => record);
          await write(order % 2 === 0 ? engine.dataSets : other.dataSets, dataSet, shuffled);
        }
        const records = (await stored(dataSet)).map(({ _updated_at, ...record }) => JSON.stringify(record));
        return createHash('sha256').update(records.sort().join('\n')).digest('hex');
      };
      expect(await stateOf(10)).toBe(await stateOf(1));
    });

    it('makes room in the midst of many batches for keys and types that it had not heard of', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, [{ _id: 'a', nn: 1 }]);
      const batches = batchesOf(
        [
          { _id: 'a', nn: 2 },
          { _id: 'b', nn: 3 },
        ],
        [{ _id: 'c', nn: 'text', another: true }],
      );
      await engine.dataSets.store.upsertAll(dataSet, batches);
      expect((await stored(dataSet)).map(({ _id, nn, another }) => [_id, nn, another])).toEqual([
        ['a', 2, undefined],
        ['b', 3, undefined],
        ['c', 'text', true],
      ]);
    });

    it('stores nothing of many batches when one of them cannot be read', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, { _id: 'old', nn: 1 });
      const breaking = async function* () {
        yield recordsOf([{ _id: 'old', nn: 2 }, { _id: 'new' }]);
        throw new Error('the file is gone');
      };
      await expect(engine.dataSets.store.upsertAll(dataSet, breaking)).rejects.toThrow('the file is gone');
      expect(await stored(dataSet)).toMatchObject([{ _id: 'old', nn: 1 }]);
      expect(await stored(dataSet)).toHaveLength(1);
    });

    it('stores once for a key, however many ask at once, and remembers the answer', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const receipt: Receipt = { keyHash: 'k', fingerprint: 'f', status: 200, body: 'stored' };
      const batch = Array.from({ length: 200 }, (_, nn) => ({ nn }));
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? engine : other).dataSets.store.upsertAll(dataSet, batchesOf(batch), receipt),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(1);
      expect(await stored(dataSet)).toHaveLength(200);
      expect(await other.dataSets.store.upsertAll(dataSet, batchesOf(batch), receipt)).toEqual({
        kind: 'known',
        receipt,
      });
      expect(await engine.dataSets.receipts.find(dataSet, 'k')).toEqual(receipt);
      expect(await engine.dataSets.receipts.find(dataSet, 'other')).toBeUndefined();
    });

    it('stores all or nothing of more records than a transaction takes', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, [
        { _id: 'r7', _timestamp: '2014-01-06', nn: 7 },
        { _id: 'other' },
      ]);
      const before = await stored(dataSet);
      const receipt: Receipt = { keyHash: 'k', fingerprint: 'f', status: 200, body: 'stored' };
      const batches = Array.from({ length: 6 }, (_, batch) =>
        recordsOf(Array.from({ length: 2_000 }, (_none, index) => ({ _id: `r${batch * 2_000 + index}` }))),
      );
      let isBreaking = true;
      const reading = async function* () {
        yield* batches;
        // MongoDB's first reading stops before, at what one transaction takes.
        if (isBreaking) throw new Error('broken');
      };
      await expect(engine.dataSets.store.upsertAll(dataSet, reading, receipt)).rejects.toThrow('broken');
      expect(await engine.dataSets.receipts.find(dataSet, 'k')).toBeUndefined();
      expect(await stored(dataSet)).toEqual(before);
      isBreaking = false;
      expect(await engine.dataSets.store.upsertAll(dataSet, reading, receipt)).toEqual({
        kind: 'stored',
        calls: [],
      });
      const records = await engine.dataSets.store.find(dataSet, { ...everything, limit: 30_000 });
      expect(records).toHaveLength(12_001);
      // Replaced whole, at its place, and nothing in it but what was sent.
      expect(records[0]).toEqual({ _id: 'r7', _updated_at: expect.any(Date) });
      expect(await engine.dataSets.store.upsertAll(dataSet, reading, receipt)).toMatchObject({
        kind: 'known',
      });
    });

    it('stores many large batches over the same records at once', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const writes = Array.from({ length: 6 }, (_, nn) => {
        const halves = [0, 1_000].map((from) =>
          Array.from({ length: 1_000 }, (_none, index) => ({ _id: `r${from + index}`, nn })),
        );
        return engine.dataSets.store.upsertAll(dataSet, batchesOf(...halves));
      });
      expect(await Promise.all(writes)).toEqual(Array(6).fill({ kind: 'stored', calls: [] }));
      const records = await stored(dataSet);
      expect(records).toHaveLength(2_000);
      // One of them came last, with all its records.
      expect(new Set(records.map(({ nn }) => nn)).size).toBe(1);
    });

    it('stores new records and known ones in one batch, many of them at once', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      await write(engine.dataSets, dataSet, [{ _id: 'shared-599', writer: 'nobody' }]);
      const writes = Array.from({ length: 6 }, (_, writer) => {
        const batch = Array.from({ length: 600 }, (_none, nn) => [
          { _id: `own-${writer}-${nn}`, writer },
          { _id: `shared-${nn}`, writer },
        ]);
        const { store } = writer % 2 === 0 ? engine.dataSets : other.dataSets;
        return store.upsert(dataSet, recordsOf(batch.flat()));
      });
      await Promise.all(writes);
      const records = await stored(dataSet);
      expect(records).toHaveLength(600 * 7);
      const shared = records.filter(({ _id }) => String(_id).startsWith('shared'));
      // All of them are of the writer that came last, and what was there first keeps its place.
      expect(new Set(shared.map(({ writer }) => typeof writer))).toEqual(new Set(['number']));
      expect(new Set(shared.map(({ writer }) => writer)).size).toBe(1);
      expect(records[0]?._id).toBe('shared-599');
    });

    it('keeps no receipt of a write that failed, and the first of two that stored nothing', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const receipt: Receipt = { keyHash: 'k', fingerprint: 'f', status: 200, body: 'stored' };
      const failing = async function* () {
        yield recordsOf([{ nn: 1 }]);
        throw new Error('broken');
      };
      await expect(engine.dataSets.store.upsertAll(dataSet, failing, receipt)).rejects.toThrow('broken');
      expect(await engine.dataSets.receipts.find(dataSet, 'k')).toBeUndefined();
      const refused = { ...receipt, status: 400, body: 'refused' };
      await engine.dataSets.receipts.keep(dataSet, refused);
      await engine.dataSets.receipts.keep(dataSet, { ...refused, body: 'refused again' });
      expect(await other.dataSets.receipts.find(dataSet, 'k')).toEqual(refused);
    });

    it('drops the oldest records of a capped data set, whatever way they came', async () => {
      const dataSet = await newDataSet(engine.dataSets, { capped_size: 1_000 });
      // `{"_id":"r00","_updated_at":"2026-11-22T10:16:13.018000+00:00","text":"xxxxx…"}`: 165 or 172 bytes.
      const record = (index: number) => ({
        _id: `r${String(index).padStart(2, '0')}`,
        text: 'x'.repeat(100),
      });
      for (const index of [0, 1, 2, 3, 4]) await write(engine.dataSets, dataSet, record(index));
      expect(await stored(dataSet)).toHaveLength(5);
      await write(other.dataSets, dataSet, [5, 6, 7, 8, 9].map(record));
      const kept = (await stored(dataSet)).map(({ _id }) => _id);
      expect(kept).toEqual(['r05', 'r06', 'r07', 'r08', 'r09']);
      await engine.dataSets.store.upsertAll(dataSet, batchesOf([record(10)], [record(11)]));
      expect((await stored(dataSet)).map(({ _id }) => _id)).toEqual(['r07', 'r08', 'r09', 'r10', 'r11']);
      await engine.dataSets.store.modify(dataSet, 'r11', (own) => ({
        ...own,
        values: new Map([['text', 'y'.repeat(1_000)]]),
      }));
      expect(await stored(dataSet)).toEqual([]);
    });

    it('keeps a capped data set within its size under many writers at once', async () => {
      const dataSet = await newDataSet(engine.dataSets, { capped_size: 2_000 });
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          write((index % 2 === 0 ? engine : other).dataSets, dataSet, {
            _id: `r${index}`,
            text: 'x'.repeat(400),
          }),
        ),
      );
      expect((await stored(dataSet)).length).toBe(4);
    });

    it('counts records from before the cap, and only what stands there now', async () => {
      const open = await newDataSet(engine.dataSets);
      await write(engine.dataSets, open, { _id: 'a', _timestamp: '2014-01-06', text: 'é'.repeat(500) });
      await write(engine.dataSets, open, { _id: 'b', text: 'x'.repeat(500) });
      await engine.dataSets.catalogue.update(open, { settings: { capped_size: 1_000 } });
      const capped = await again(open);
      await engine.dataSets.store.trim(capped);
      expect(await stored(open)).toMatchObject([{ _id: 'b' }]);
      // Uncapped meanwhile, a record grows: its old count says nothing any more.
      await write(engine.dataSets, open, { _id: 'b', text: 'x'.repeat(5_000) });
      await write(engine.dataSets, capped, { _id: 'c' });
      expect(await stored(open)).toMatchObject([{ _id: 'c' }]);
    });

    it('merges changes of a configuration, also two at once, and forgets nothing else', async () => {
      const schema = { $schema: 'x', properties: { nn: { $ref: '#/definitions/a.b' } }, definitions: {} };
      const dataSet = await newDataSet(engine.dataSets, { schema, auto_ids: ['aa'] });
      expect((await again(dataSet)).settings.schema).toEqual(schema);
      await Promise.all([
        engine.dataSets.catalogue.update(dataSet, { settings: { published: true } }),
        other.dataSets.catalogue.update(dataSet, { settings: { realtime: true } }),
      ]);
      const { settings } = await again(dataSet);
      expect(settings).toEqual({ ...dataSet.settings, published: true, realtime: true });
      const cleared = await engine.dataSets.catalogue.update(dataSet, { settings: { schema: null } });
      expect(cleared?.settings.schema).toBeNull();
    });

    it('rotates tokens with a grace period; a token that is set ends all others', async () => {
      const { catalogue } = engine.dataSets;
      const dataSet = await newDataSet(engine.dataSets);
      await catalogue.update(dataSet, { tokenHash: 'first' });
      const until = new Date('2030-01-01T00:00:00Z');
      const rotated = await catalogue.rotateToken(dataSet, { tokenHash: 'second', previousUntil: until });
      expect(rotated).toMatchObject({ tokenHash: 'second', previousToken: { hash: 'first', until } });
      expect(await again(dataSet)).toEqual(rotated);
      const atOnce = await catalogue.rotateToken(dataSet, { tokenHash: 'third', previousUntil: null });
      expect([atOnce?.tokenHash, atOnce?.previousToken]).toEqual(['third', undefined]);
      await catalogue.rotateToken(dataSet, { tokenHash: 'fourth', previousUntil: until });
      const set = await catalogue.update(dataSet, { tokenHash: 'fifth' });
      expect([set?.tokenHash, set?.previousToken]).toEqual(['fifth', undefined]);
      await catalogue.remove(dataSet);
      expect(await catalogue.update(dataSet, { settings: { realtime: true } })).toBeUndefined();
      expect(await catalogue.rotateToken(dataSet, { tokenHash: 'x', previousUntil: null })).toBeUndefined();
    });
  });
}
