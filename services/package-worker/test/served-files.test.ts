import { afterAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { sweepFiles } from '../src/housekeeping/sweep-files.ts';
import { openLoadPlace } from './load-place.ts';
import { OWNER, smallPackage } from './work-place.ts';

const { place, load, amounts, unique } = await openLoadPlace();
afterAll(() => place.close());

describe('sweeping', () => {
  it('keeps what is served and what may still be read, and removes the rest', async () => {
    const name = unique();
    await load(await place.upload(name, smallPackage(name, '2014,old,1\n')));
    const [old] = (await place.keys()).filter((key) => key.includes(`/${name}/`));
    const second = await load(await place.upload(name, smallPackage(name, '2014,new,2\n')));
    await sweepFiles({ ...place, graceSeconds: 600 });
    expect((await place.keys()).filter((key) => key.includes(`/${name}/`))).toHaveLength(2);
    const looked: string[] = [];
    const store = {
      ...place.store,
      list: (prefix: string) => {
        looked.push(prefix);
        return place.store.list(prefix);
      },
    };
    expect(await sweepFiles({ ...place, store, graceSeconds: 0 }, 'recent')).toContain(old);
    // Only what has happened lately is looked at, not every package there is.
    expect(looked).toContain(`_cubes/${OWNER}/${name}/`);
    expect(looked).not.toContain('_cubes/');
    expect((await place.keys()).filter((key) => key.includes(`/${name}/`))).toEqual([
      expect.stringContaining(second.id),
    ]);
    expect(await amounts(name)).toEqual([['new', '2']]);
  });
});

describe('the files of a deleted package', () => {
  it('stay from its deletion on for readers that have them open, however old its load is', async () => {
    const name = unique();
    const { id } = await load(await place.upload(name, smallPackage(name, '2014,gone,1\n')));
    const client = new Client({ connectionString: place.database.url });
    await client.connect();
    await client.query(
      "UPDATE registry.loads SET finished_at = finished_at - interval '1 day' WHERE id = $1",
      [id],
    );
    await client.end();
    await place.registry.deletePackage(`${OWNER}:${name}`);
    const files = async () => (await place.keys()).filter((key) => key.includes(`/${name}/`));
    await sweepFiles({ ...place, graceSeconds: 600 });
    expect(await files()).toHaveLength(1);
    await sweepFiles({ ...place, graceSeconds: 0 }, 'recent');
    expect(await files()).toEqual([]);
  });
});

describe('E4: readers during re-loads', () => {
  it('see the old load or the new one, whole', async () => {
    const name = unique();
    const rowsOf = (generation: number) => `2014,north,${generation}\n`.repeat(500);
    await load(await place.upload(name, smallPackage(name, rowsOf(0))));
    let reloading = true;
    const seen = new Set<string>();
    const read = async () => {
      while (reloading) {
        const rows = (await amounts(name)) ?? [];
        expect(rows).toHaveLength(500);
        expect(new Set(rows.map(([, amount]) => amount)).size).toBe(1);
        seen.add(String(rows[0]?.[1]));
      }
    };
    const readers = [read(), read(), read()];
    for (const generation of [1, 2, 3, 4]) {
      await load(await place.upload(name, smallPackage(name, rowsOf(generation))));
    }
    reloading = false;
    await Promise.all(readers);
    expect(seen.size).toBeGreaterThan(1);
  });
});
