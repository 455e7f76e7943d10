import { afterAll, describe, expect, it } from '@jest/globals';
import { createRegistry } from '../src/index.ts';
import { openRegistryPlace, publication } from './registry-place.ts';

const { registry, sql, started, published, close } = await openRegistryPlace();
afterAll(close);

describe('publishing', () => {
  it('makes a first load a private package of its owner, with hidden e-mail addresses', async () => {
    const attempt = await published('budget');
    expect(await registry.findPackage('ann:budget')).toMatchObject({
      owner: 'ann',
      name: 'budget',
      author: 'Ann Example',
      private: true,
      loaded: true,
      loadingStatus: 'done',
      currentLoadId: attempt.loadId,
      version: 1,
      descriptor: { name: 'budget', owner: 'ann', private: true, author: 'Ann Example <ann@not.shown>' },
    });
  });

  it('keeps the privacy of a package that is loaded again', async () => {
    await published('public');
    await sql(`UPDATE registry.packages SET private = false WHERE id = 'ann:public'`);
    await published('public');
    expect(await registry.findPackage('ann:public')).toMatchObject({ private: false, version: 2 });
  });

  it('needs the package to be claimed', async () => {
    const attempt = await started();
    await expect(registry.publish(attempt, publication('ann:unclaimed'))).rejects.toThrow(RangeError);
    expect(await registry.findPackage('ann:unclaimed')).toBeUndefined();
  });

  it('leaves the old data in place when the next load fails', async () => {
    const first = await published('stays');
    const second = await started();
    await registry.claimPackage(second, 'ann:stays');
    await registry.fail(second, { error: 'Row 7 is bad.', code: 'invalid_data' });
    expect(await registry.findPackage('ann:stays')).toMatchObject({
      loaded: true,
      loadingStatus: 'fail',
      loadingError: 'Row 7 is bad.',
      currentLoadId: first.loadId,
    });
    expect((await registry.findCube('ann:stays'))?.cube.file).toBe('_cubes/x');
  });

  it('ends an unchanged load as done, without a new version', async () => {
    const first = await published('same');
    const second = await started();
    await registry.claimPackage(second, 'ann:same');
    expect(await registry.finishUnchanged(second)).toMatchObject({
      status: 'done',
      unchanged: true,
      rows: 3,
    });
    expect(await registry.findPackage('ann:same')).toMatchObject({
      version: 1,
      currentLoadId: first.loadId,
      loadingStatus: 'done',
    });
  });
});

describe('privacy', () => {
  it('is set, or turned around, and moves the time of the last update', async () => {
    await published('privacy');
    const before = (await registry.findPackage('ann:privacy'))?.lastUpdate ?? new Date();
    const opened = await registry.setPrivacy('ann:privacy', 'public');
    expect(opened).toMatchObject({ private: false, descriptor: { private: false } });
    expect(opened?.lastUpdate.getTime()).toBeGreaterThan(before.getTime());
    expect((await registry.setPrivacy('ann:privacy', 'public'))?.private).toBe(false);
    expect((await registry.setPrivacy('ann:privacy', 'toggle'))?.private).toBe(true);
    expect((await registry.setPrivacy('ann:privacy', 'toggle'))?.private).toBe(false);
    expect((await registry.setPrivacy('ann:privacy', 'private'))?.private).toBe(true);
    expect(await registry.setPrivacy('ann:unheard-of', 'toggle')).toBeUndefined();
  });
});

describe('cubes', () => {
  it('are found by their id and by the id of each resource', async () => {
    const attempt = await started();
    await registry.claimPackage(attempt, 'ann:many');
    const main = { id: 'ann:many', resource: 'a', file: 'x', rows: 1, columns: [], model: {} };
    await registry.publish(
      attempt,
      publication('ann:many', { cubes: [main, { ...main, id: 'ann:many:second', resource: 'second' }] }),
    );
    expect((await registry.findCube('ann:many'))?.cube.resource).toBe('a');
    expect((await registry.findCube('ann:many:second'))?.cube.resource).toBe('second');
    expect(await registry.findCube('ann:many:third')).toBeUndefined();
    expect(await registry.findCube('ann')).toBeUndefined();
  });

  it("are nobody's under an id that PostgreSQL cannot hold", async () => {
    expect(await registry.findCube('own\0er:name')).toBeUndefined();
    expect(await registry.findPackage('owner:na\0me')).toBeUndefined();
  });

  it('of a first load that is not done do not exist', async () => {
    await registry.claimPackage(await started(), 'ann:unfinished');
    expect(await registry.findCube('ann:unfinished')).toBeUndefined();
    expect(await registry.findPackage('ann:unfinished')).toMatchObject({ loaded: false, private: true });
  });

  it('are listed when public, and to their owner when private', async () => {
    await published('open', 'carl');
    await published('closed', 'carl');
    await sql(`UPDATE registry.packages SET private = false WHERE id = 'carl:open'`);
    const listed = async (owner?: string) =>
      (await registry.listCubes(owner === undefined ? {} : { owner }))
        .map(({ cube }) => cube.id)
        .filter((id) => id.startsWith('carl:'));
    expect(await listed()).toEqual(['carl:open']);
    expect(await listed('ann')).toEqual(['carl:open']);
    expect(await listed('carl')).toEqual(['carl:closed', 'carl:open']);
  });
});

describe('the connection', () => {
  it('is made again after the database has cut it', async () => {
    await registry.check();
    await sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    // Each connection of the pool notices for itself.
    for (let cut = 0; cut < 10; cut += 1) await registry.check().catch(() => undefined);
    await expect(registry.check()).resolves.toBeUndefined();
  });

  it('reports a database that is not there', async () => {
    const nowhere = createRegistry({ connectionString: 'postgres://nobody@127.0.0.1:1/nothing' });
    await expect(nowhere.check()).rejects.toThrow();
    await nowhere.close();
  });
});
