import { describeWith, testMongoUrl } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { hashToken, tokenMatches } from '../src/catalogue/bearer-token.ts';
import type { DataSets } from '../src/index.ts';
import { type CopyEvent, copyDataSets } from '../src/moving/copy-data-sets.ts';
import type { CopyEntry } from '../src/moving/copy-progress.ts';
import { ENGINES, type Engine, newDataSet, readText, write } from './engines.ts';

function progressInMemory() {
  const entries: Record<string, CopyEntry> = {};
  return {
    entries,
    read: async () => ({ ...entries }),
    write: async (name: string, entry: CopyEntry) => {
      entries[name] = entry;
    },
  };
}

const RECORDS = Array.from({ length: 120 }, (_, index) => ({
  _id: `r${(index * 37) % 120}`,
  _timestamp: new Date(Date.UTC(2014, 0, 1, index)).toISOString(),
  dept: index % 3 === 0 ? null : `dept ${index % 5}`,
  mixed: index % 2 === 0 ? index : `text ${index}`,
  amount: `NUMBER${index}`,
}));

/** Numbers with more digits than a double keeps. */
const BODY = JSON.stringify(RECORDS).replaceAll(/"NUMBER(\d+)"/g, '12345678901234.000$1');

for (const direction of ['PostgreSQL to MongoDB', 'MongoDB to PostgreSQL', 'PostgreSQL to PostgreSQL']) {
  const [source, target] = direction.split(' to ').map((name) => ENGINES.find((one) => one.name === name));
  const needsMongo = direction.includes('MongoDB');
  describeWith(needsMongo ? testMongoUrl() : 'always')(`copying from ${direction}`, () => {
    let [from, to]: (Engine | undefined)[] = [];
    const sides = (): { from: DataSets; to: DataSets } => {
      if (from === undefined || to === undefined) throw new Error('not started');
      return { from: from.dataSets, to: to.dataSets };
    };
    beforeAll(async () => {
      from = await source?.start();
      to = await target?.start();
    });
    afterAll(async () => {
      await from?.stop();
      await to?.stop();
    });

    it('moves configuration and records with ids, order, digits and times, and goes on after a kill', async () => {
      const { from, to } = sides();
      const settings = { published: true, auto_ids: ['aa'], max_age_expected: null };
      const dataSet = await newDataSet(from, settings);
      await write(from, { ...dataSet, settings: { ...dataSet.settings, auto_ids: null } }, BODY);
      const progress = progressInMemory();
      const events: CopyEvent[] = [];
      const options = {
        names: [dataSet.name],
        pageSize: 25,
        progress,
        onEvent: (e: CopyEvent) => events.push(e),
      };
      // Dies after the third page was stored and before that was noted.
      let pages = 0;
      const dying = {
        ...progress,
        write: async (name: string, entry: CopyEntry) => {
          if (entry.position !== undefined && ++pages === 3) throw new Error('killed');
          await progress.write(name, entry);
        },
      };
      await expect(copyDataSets({ ...options, from, to, progress: dying })).rejects.toThrow('killed');
      events.length = 0;
      expect(await copyDataSets({ ...options, from, to })).toEqual({
        verified: [dataSet.name],
        taken: [],
        differing: [],
      });
      // Not from the beginning.
      expect(events[0]).toEqual({ kind: 'copying', name: dataSet.name, records: 50 });
      const copy = await to.catalogue.findByName(dataSet.name);
      expect({ ...copy, id: '' }).toEqual({ ...dataSet, id: '' });
      if (copy === undefined) throw new Error('no copy');
      expect(await readText(to, copy, '')).toBe(await readText(from, dataSet, ''));
    });

    it('moves a token that was rotated together with the one before it and its grace period', async () => {
      const { from, to } = sides();
      const made = await newDataSet(from, {});
      await from.catalogue.update(made, { tokenHash: hashToken('first') });
      const previousUntil = new Date('2999-01-01T00:00:00Z');
      const rotated = await from.catalogue.rotateToken(made, {
        tokenHash: hashToken('second'),
        previousUntil,
      });
      const options = { names: [made.name], progress: progressInMemory(), onEvent: () => {} };
      await copyDataSets({ ...options, from, to });
      const copy = await to.catalogue.findByName(made.name);
      expect({ ...copy, id: '' }).toEqual({ ...rotated, id: '' });
      if (copy === undefined) throw new Error('no copy');
      expect([tokenMatches('first', copy), tokenMatches('second', copy)]).toEqual([true, true]);
    });

    it('leaves alone what the target has already, unless it may replace it', async () => {
      const { from, to } = sides();
      const dataSet = await newDataSet(from);
      await write(from, dataSet, { _id: 'a', nn: 1 });
      const { id: _id, ...configuration } = dataSet;
      const other = await to.catalogue.create(configuration);
      if (other === undefined) throw new Error('not created');
      await write(to, other, { _id: 'b', nn: 2 });
      const options = { from, to, names: [dataSet.name], onEvent: () => undefined };
      const outcome = await copyDataSets({ ...options, progress: progressInMemory() });
      expect(outcome.taken).toEqual([dataSet.name]);
      expect(JSON.parse(await readText(to, other, ''))).toMatchObject([{ _id: 'b' }]);
      const replaced = await copyDataSets({ ...options, progress: progressInMemory(), replace: true });
      expect(replaced.verified).toEqual([dataSet.name]);
      const copy = await to.catalogue.findByName(dataSet.name);
      expect(copy && JSON.parse(await readText(to, copy, ''))).toMatchObject([{ _id: 'a' }]);
    });

    it('tells a source that was written to meanwhile, and copies it anew the next time', async () => {
      const { from, to } = sides();
      const dataSet = await newDataSet(from);
      await write(
        from,
        dataSet,
        Array.from({ length: 30 }, (_, nn) => ({ _id: `r${nn}`, nn })),
      );
      const progress = progressInMemory();
      let isDisturbed = false;
      const disturbing = {
        ...from,
        store: {
          ...from.store,
          scan: async function* (...args: Parameters<typeof from.store.scan>) {
            yield* from.store.scan(...args);
            if (!isDisturbed) await write(from, dataSet, { _id: 'r3', nn: 'changed' });
            isDisturbed = true;
          },
        },
      };
      const options = { to, names: [dataSet.name], progress, onEvent: () => undefined };
      const first = await copyDataSets({ ...options, from: disturbing });
      expect(first.differing).toEqual([dataSet.name]);
      expect((await copyDataSets({ ...options, from })).verified).toEqual([dataSet.name]);
    });
  });
}
