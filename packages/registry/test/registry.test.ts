import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import {
  createRegistry,
  type LoadAttempt,
  MAX_ATTEMPTS,
  type Publication,
  type Registry,
  StaleAttemptError,
} from '../src/index.ts';

let database: TestDatabase;
let registry: Registry;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = createRegistry({ connectionString: database.url });
});

afterAll(async () => {
  await registry.close();
  await database.drop();
});

async function sql(text: string, values: unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(text, values);
  await client.end();
}

const newLoad = (name: string = randomUUID(), requestedBy = 'ann') => {
  const address = `http://files.example/${requestedBy}/${name}/datapackage.json`;
  return { address, datapackage: address, requestedBy };
};

async function started(load = newLoad()): Promise<LoadAttempt> {
  const made = await registry.createLoad(load);
  const begun = await registry.startAttempt(made.load.id, 0);
  if (begun === undefined) throw new Error('the load did not start');
  return begun.attempt;
}

const publication = (packageId: string, changes: Partial<Publication> = {}): Publication => ({
  packageId,
  descriptor: {
    name: 'budget',
    author: 'Ann Example <ann@example.org>',
    owner: 'someone else',
    private: false,
  },
  model: { measures: {} },
  cubes: [
    { id: packageId, resource: 'data', file: '_cubes/x', rows: 3, columns: [], model: { measures: {} } },
  ],
  rows: 3,
  ...changes,
});

/** A load that has published its package. */
async function published(name: string, requestedBy = 'ann'): Promise<LoadAttempt> {
  const attempt = await started(newLoad(randomUUID(), requestedBy));
  expect(await registry.claimPackage(attempt, `${requestedBy}:${name}`)).toBe(true);
  await registry.publish(attempt, publication(`${requestedBy}:${name}`));
  return attempt;
}

const loseHeartbeat = ({ loadId }: LoadAttempt) =>
  sql(`UPDATE registry.loads SET heartbeat_at = clock_timestamp() - interval '1 hour' WHERE id = $1`, [
    loadId,
  ]);

describe('making loads', () => {
  it('makes a queued row that is found by id and by address', async () => {
    const asked = newLoad();
    const { load, created } = await registry.createLoad(asked);
    expect(created).toBe(true);
    expect(load).toMatchObject({ ...asked, status: 'queued', rows: 0, attempt: 0, force: false });
    expect(load.phases.map(({ status }) => status)).toEqual(['queued']);
    expect(await registry.findLoad(load.id)).toEqual(load);
    expect(await registry.newestLoad(asked.address)).toEqual(load);
  });

  it('answers the one that waits, to however many ask at once', async () => {
    const asked = newLoad();
    const made = await Promise.all(Array.from({ length: 8 }, () => registry.createLoad(asked)));
    expect(new Set(made.map(({ load }) => load.id)).size).toBe(1);
    expect(made.filter(({ created }) => created)).toHaveLength(1);
  });

  it('remembers that a later upload wanted the waiting load forced', async () => {
    const asked = newLoad();
    await registry.createLoad(asked);
    expect((await registry.createLoad({ ...asked, force: true })).load.force).toBe(true);
    expect((await registry.createLoad(asked)).load.force).toBe(true);
  });

  it('makes a new one behind a load that has begun, and shows the newest by address', async () => {
    const asked = newLoad();
    await started(asked);
    const { load, created } = await registry.createLoad(asked);
    expect(created).toBe(true);
    expect((await registry.newestLoad(asked.address))?.id).toBe(load.id);
  });

  it("does not answer one person's waiting load to another", async () => {
    const asked = newLoad();
    const own = await registry.createLoad(asked);
    const other = await registry.createLoad({ ...asked, requestedBy: 'bob' });
    expect(other.load.id).not.toBe(own.load.id);
  });

  it('keeps a load that failed before the queue', async () => {
    const load = await registry.createFailedLoad(newLoad(), {
      error: 'It is elsewhere.',
      code: 'address_refused',
    });
    expect(load).toMatchObject({ status: 'fail', error: 'It is elsewhere.', code: 'address_refused' });
    expect(load.finishedAt).toBeInstanceOf(Date);
  });

  it.each(['nonsense', '', randomUUID(), "'; DROP TABLE loads"])(
    'finds nothing under the id %j',
    async (id) => {
      expect(await registry.findLoad(id)).toBeUndefined();
    },
  );
});

describe('the outbox', () => {
  it('names queued loads without a job until they are marked, and again when their job is old', async () => {
    const { load } = await registry.createLoad(newLoad());
    const waiting = async (reenqueueAfterSeconds: number) =>
      (await registry.loadsToEnqueue({ limit: 1_000, reenqueueAfterSeconds })).map(({ id }) => id);
    expect(await waiting(60)).toContain(load.id);
    await registry.markEnqueued(load.id);
    expect(await waiting(60)).not.toContain(load.id);
    expect(await waiting(0)).toContain(load.id);
    await registry.startAttempt(load.id, 0);
    expect(await waiting(0)).not.toContain(load.id);
  });
});

describe('waiting loads', () => {
  it('are counted, with the age of the oldest', async () => {
    const { load } = await registry.createLoad(newLoad());
    await sql(`UPDATE registry.loads SET created_at = clock_timestamp() - interval '2 hours' WHERE id = $1`, [
      load.id,
    ]);
    const { count, oldestSeconds } = await registry.waitingLoads();
    expect(count).toBeGreaterThanOrEqual(1);
    expect(oldestSeconds).toBeGreaterThanOrEqual(7_200);
    await registry.startAttempt(load.id, 0);
    expect((await registry.waitingLoads()).count).toBe(count - 1);
  });
});

describe('attempts', () => {
  it('begin once for each number, whoever asks', async () => {
    const { load } = await registry.createLoad(newLoad());
    const begun = await Promise.all(Array.from({ length: 5 }, () => registry.startAttempt(load.id, 0)));
    expect(begun.filter(Boolean)).toHaveLength(1);
    expect(begun.find(Boolean)).toMatchObject({
      attempt: { loadId: load.id, attempt: 1 },
      load: { status: 'initializing', attempt: 1 },
    });
  });

  it('pass through every status in order, with a time for each, and end with the exact total', async () => {
    const attempt = await started();
    expect(await registry.claimPackage(attempt, 'ann:in-order')).toBe(true);
    for (const status of [
      'loading-datapackage',
      'validating-datapackage',
      'loading-resource',
      'creating-table',
      'loading-data-ready',
      'loading-data',
      'creating-babbage-model',
      'saving-metadata',
    ] as const) {
      await registry.advance(attempt, { status });
    }
    await registry.publish(attempt, publication('ann:in-order'));
    const load = await registry.findLoad(attempt.loadId);
    expect(load).toMatchObject({ status: 'done', rows: 3, rowsTotal: 3, packageId: 'ann:in-order' });
    expect(load?.phases.map(({ status }) => status)).toEqual([
      'queued',
      'initializing',
      'loading-datapackage',
      'validating-datapackage',
      'loading-resource',
      'creating-table',
      'loading-data-ready',
      'loading-data',
      'creating-babbage-model',
      'saving-metadata',
      'done',
    ]);
    const times = load?.phases.map(({ startedAt }) => startedAt.getTime()) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('never go back, and progress never falls', async () => {
    const attempt = await started();
    await registry.advance(attempt, { status: 'loading-data', rows: 500, rowsTotal: 2_000, bytes: 9 });
    await registry.advance(attempt, { status: 'loading-data', rows: 200 });
    expect(await registry.findLoad(attempt.loadId)).toMatchObject({ rows: 500, rowsTotal: 2_000, bytes: 9 });
    await expect(registry.advance(attempt, { status: 'loading-resource' })).rejects.toThrow(
      'a load cannot go from loading-data to loading-resource',
    );
  });

  it('that were overtaken can write nothing', async () => {
    const old = await started();
    await registry.claimPackage(old, 'ann:overtaken');
    await registry.advance(old, { status: 'loading-data', rows: 10 });
    await loseHeartbeat(old);
    const { requeued } = await registry.reapLostLoads();
    expect(requeued.map(({ id }) => id)).toContain(old.loadId);

    const everyWrite = async () => {
      await expect(registry.heartbeat(old)).rejects.toThrow(StaleAttemptError);
      await expect(registry.advance(old, { status: 'saving-metadata' })).rejects.toThrow(StaleAttemptError);
      await expect(registry.claimPackage(old, 'ann:overtaken')).rejects.toThrow(StaleAttemptError);
      await expect(registry.fail(old, { error: 'x', code: 'x' })).rejects.toThrow(StaleAttemptError);
      await expect(registry.finishUnchanged(old)).rejects.toThrow(StaleAttemptError);
      await expect(registry.publish(old, publication('ann:overtaken'))).rejects.toThrow(StaleAttemptError);
    };
    await everyWrite(); // while it waits again
    const second = await registry.startAttempt(old.loadId, 1);
    expect(second?.load).toMatchObject({ attempt: 2, rows: 0, status: 'initializing' });
    await everyWrite(); // while the second works
    expect(await registry.startAttempt(old.loadId, 0)).toBeUndefined();
    if (second) await registry.fail(second.attempt, { error: 'for good', code: 'test' });
    await everyWrite(); // when it has ended
    expect((await registry.findPackage('ann:overtaken'))?.loaded).toBe(false);
  });

  it('are tried three times, then the load fails for good and the package says so', async () => {
    const { load } = await registry.createLoad(newLoad());
    for (let number = 1; number <= MAX_ATTEMPTS; number += 1) {
      const begun = await registry.startAttempt(load.id, number - 1);
      if (begun === undefined) throw new Error(`attempt ${number} did not begin`);
      await registry.claimPackage(begun.attempt, 'ann:lost');
      await loseHeartbeat(begun.attempt);
      await registry.reapLostLoads();
    }
    const failed = await registry.findLoad(load.id);
    expect(failed).toMatchObject({ status: 'fail', code: 'worker_lost', attempt: MAX_ATTEMPTS });
    expect(await registry.findPackage('ann:lost')).toMatchObject({
      loaded: false,
      loadingStatus: 'fail',
      loadingError: failed?.error,
    });
  });

  it('that beat are left alone', async () => {
    const attempt = await started();
    await loseHeartbeat(attempt);
    await registry.heartbeat(attempt);
    const { requeued } = await registry.reapLostLoads();
    expect(requeued.map(({ id }) => id)).not.toContain(attempt.loadId);
  });

  it('keep the first 100 problems and the number of all', async () => {
    const attempt = await started();
    const problems = Array.from({ length: 150 }, (_, row) => ({ row, rule: 'type', message: 'bad cell' }));
    await registry.fail(attempt, { error: '150 bad cells', code: 'invalid_data', problems, warnings: ['w'] });
    const load = await registry.findLoad(attempt.loadId);
    expect(load?.problems).toEqual(problems.slice(0, 100));
    expect(load).toMatchObject({ problemsTotal: 150, warnings: ['w'], status: 'fail' });
  });
});

describe('loads of one package', () => {
  it('work one after another, in the order in which they were asked for', async () => {
    const [first, second, third] = [await started(), await started(), await started()];
    expect(await registry.claimPackage(first, 'ann:turns')).toBe(true);
    expect(await registry.claimPackage(third, 'ann:turns')).toBe(false);
    expect(await registry.claimPackage(second, 'ann:turns')).toBe(false);
    expect(await registry.claimPackage(first, 'ann:turns')).toBe(true);
    await registry.publish(first, publication('ann:turns'));
    expect(await registry.claimPackage(third, 'ann:turns')).toBe(false);
    expect(await registry.claimPackage(second, 'ann:turns')).toBe(true);
    await registry.fail(second, { error: 'x', code: 'x' });
    expect(await registry.claimPackage(third, 'ann:turns')).toBe(true);
  });

  it('that wait for their turn use up no attempt, and keep their place', async () => {
    const [first, second] = [await started(), await started()];
    await registry.claimPackage(first, 'ann:patient');
    expect(await registry.claimPackage(second, 'ann:patient')).toBe(false);
    await registry.postpone(second);
    expect(await registry.findLoad(second.loadId)).toMatchObject({ status: 'queued', attempt: 0 });
    expect(await registry.mustWait(second.loadId)).toBe(true);
    await registry.publish(first, publication('ann:patient'));
    expect(await registry.mustWait(second.loadId)).toBe(false);
    expect(await registry.startAttempt(second.loadId, 0)).toMatchObject({ attempt: { attempt: 1 } });
    await expect(registry.postpone(first)).rejects.toThrow(StaleAttemptError);
  });

  it('let only one begin when all ask at once', async () => {
    const attempts = await Promise.all(Array.from({ length: 6 }, () => started()));
    const claims = await Promise.all(attempts.map((attempt) => registry.claimPackage(attempt, 'ann:rush')));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('do not wait for a worker that is lost', async () => {
    const [lost, next] = [await started(), await started()];
    await registry.claimPackage(lost, 'ann:lost-turn');
    await loseHeartbeat(lost);
    await registry.reapLostLoads();
    expect(await registry.claimPackage(next, 'ann:lost-turn')).toBe(true);
  });

  it('do not hinder other packages', async () => {
    const [one, other] = [await started(), await started()];
    expect(await registry.claimPackage(one, 'ann:one')).toBe(true);
    expect(await registry.claimPackage(other, 'ann:other')).toBe(true);
  });

  it('belong to the owner of the package', async () => {
    const attempt = await started(newLoad(randomUUID(), 'bob'));
    await expect(registry.claimPackage(attempt, 'ann:hers')).rejects.toThrow('bob does not own ann:hers');
    await expect(registry.claimPackage(attempt, 'no id')).rejects.toThrow('"no id" is not a package id');
    expect(await registry.findPackage('ann:hers')).toBeUndefined();
  });
});

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
