import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type LoadAttempt, MAX_ATTEMPTS, StaleAttemptError } from '../src/index.ts';
import { newLoad, openRegistryPlace, publication } from './registry-place.ts';

const { registry, sql, started, close } = await openRegistryPlace();
afterAll(close);

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
    const between = [
      'loading-datapackage',
      'validating-datapackage',
      'loading-resource',
      'creating-table',
      'loading-data-ready',
      'loading-data',
      'creating-babbage-model',
      'saving-metadata',
    ] as const;
    for (const status of between) {
      await registry.advance(attempt, { status });
    }
    await registry.publish(attempt, publication('ann:in-order'));
    const load = await registry.findLoad(attempt.loadId);
    expect(load).toMatchObject({ status: 'done', rows: 3, rowsTotal: 3, packageId: 'ann:in-order' });
    expect(load?.phases.map(({ status }) => status)).toEqual(['queued', 'initializing', ...between, 'done']);
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
