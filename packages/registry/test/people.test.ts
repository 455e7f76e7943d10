import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { isCancelled, type Load, StaleAttemptError } from '../src/index.ts';
import { newLoad as newLoadOf, openRegistryPlace } from './registry-place.ts';

const { registry, started, close } = await openRegistryPlace();
afterAll(close);

const newLoad = (requestedBy = 'ann', name?: string) => newLoadOf(name, requestedBy);

/** A load that has published a package of this name. */
async function publish(name: string, load: ReturnType<typeof newLoad> & { private?: boolean }) {
  const attempt = await started(load);
  const packageId = `${load.requestedBy}:${name}`;
  await registry.claimPackage(attempt, packageId);
  const model = { measures: {} };
  const cubes = [{ id: packageId, resource: 'data', file: '_cubes/x', rows: 3, columns: [], model }];
  await registry.publish(attempt, {
    packageId,
    descriptor: { name, countryCode: ['MD', 'RO'] },
    model,
    cubes,
    rows: 3,
  });
  return { attempt, packageId };
}

describe('a load that is cancelled', () => {
  it('while it waits is never begun', async () => {
    const { load } = await registry.createLoad(newLoad());
    const cancelled = await registry.cancelLoad(load.id, 'Cancelled by ann');
    expect(cancelled && isCancelled(cancelled)).toBe(true);
    expect(cancelled).toMatchObject({ status: 'fail', code: 'cancelled', error: 'Cancelled by ann' });
    expect(await registry.startAttempt(load.id, 0)).toBeUndefined();
  });

  it('while it is at work can publish nothing, and the package says so and keeps its data', async () => {
    const { packageId } = await publish('cancelled', newLoad());
    const attempt = await started(newLoad());
    await registry.claimPackage(attempt, packageId);
    await registry.cancelLoad(attempt.loadId, 'Enough');
    await expect(registry.heartbeat(attempt)).rejects.toThrow(StaleAttemptError);
    await expect(
      registry.publish(attempt, { packageId, descriptor: {}, model: {}, cubes: [], rows: 9 }),
    ).rejects.toThrow(StaleAttemptError);
    expect(await registry.findPackage(packageId)).toMatchObject({
      loaded: true,
      loadingStatus: 'fail',
      loadingError: 'Enough',
      version: 1,
    });
  });

  it('after it has ended is what it was', async () => {
    const { attempt } = await publish('ended', newLoad());
    expect(await registry.cancelLoad(attempt.loadId, 'Too late')).toMatchObject({ status: 'done' });
    expect(await registry.cancelLoad(randomUUID(), 'None')).toBeUndefined();
  });
});

describe('the error report', () => {
  it('has up to 10,000 problems in their order; the load has the first 100', async () => {
    const attempt = await started(newLoad());
    const problems = Array.from({ length: 10_050 }, (_, index) => ({
      rule: 'type',
      row: index + 1,
      message: `row ${index + 1}`,
    }));
    await registry.fail(attempt, { error: 'Bad', code: 'invalid_data', problems, problemsTotal: 20_000 });
    const read = [];
    for await (const one of registry.loadProblems(attempt.loadId)) read.push(one);
    expect(read).toEqual(problems.slice(0, 10_000));
    expect(await registry.findLoad(attempt.loadId)).toMatchObject({
      problems: problems.slice(0, 100),
      problemsTotal: 20_000,
    });
  });
});

describe('what PostgreSQL cannot keep', () => {
  const odd = 'a\u0000b \ud800 \\u0000 \\ud800 😀';
  const kept = 'a\ufffdb \ufffd \\u0000 \\ud800 😀';

  it('stands as the replacement character in reports and descriptors', async () => {
    const attempt = await started(newLoad());
    const problems = [{ rule: 'type', message: odd, value: odd }];
    const failed = await registry.fail(attempt, {
      error: odd,
      code: 'invalid_data',
      problems,
      warnings: [odd],
    });
    expect(failed).toMatchObject({
      error: kept,
      warnings: [kept],
      problems: [{ rule: 'type', message: kept, value: kept }],
    });
    const again = await started(newLoad());
    const packageId = 'ann:odd';
    await registry.claimPackage(again, packageId);
    const cubes = [{ id: packageId, resource: 'data', file: 'x', rows: 0, columns: [], model: {} }];
    const descriptor = { name: 'odd', title: odd, author: odd };
    await registry.publish(again, { packageId, descriptor, model: {}, cubes, rows: 0, warnings: [odd] });
    expect((await registry.findPackage(packageId))?.descriptor.title).toBe(kept);
  });
});

describe('a first load', () => {
  it.each([
    [{ private: false }, false],
    [{ private: true }, true],
    [{}, true],
  ])(
    'that was asked for with %j is private: %j, and a re-load changes nothing of it',
    async (wish, expected) => {
      const name = `first-${randomUUID()}`;
      const { packageId } = await publish(name, { ...newLoad(), ...wish });
      expect((await registry.findPackage(packageId))?.private).toBe(expected);
      await publish(name, { ...newLoad(), private: !expected });
      expect((await registry.findPackage(packageId))?.private).toBe(expected);
    },
  );
});

describe('the history of a package', () => {
  it('is paged, newest first, and holds re-loads that failed before their descriptor was read', async () => {
    const asked = newLoad();
    const { packageId } = await publish('history', asked);
    const attempt = await started(asked);
    await registry.fail(attempt, { error: 'No descriptor', code: 'invalid_descriptor' });
    const all = await registry.loadsOfPackage(packageId, { page: 1, perPage: 10 });
    expect(all.total).toBe(2);
    expect(all.items.map(({ status }) => status)).toEqual(['fail', 'done']);
    const second = await registry.loadsOfPackage(packageId, { page: 2, perPage: 1 });
    expect(second.items.map(({ status }) => status)).toEqual(['done']);
    expect(await registry.findPackage(packageId)).toMatchObject({
      loadingStatus: 'fail',
      loadingError: 'No descriptor',
    });
  });
});

describe('a package that is deleted', () => {
  it('is gone once, its loads end, and it can be loaded again as a first one', async () => {
    const asked = newLoad();
    const { packageId } = await publish('deleted', { ...asked, private: false });
    const waiting = await registry.createLoad(asked);
    const elsewhere = await registry.createLoad(newLoad());
    expect(await registry.deletePackage(packageId)).toBe(true);
    expect(await registry.deletePackage(packageId)).toBe(false);
    expect(await registry.findPackage(packageId)).toBeUndefined();
    expect(await registry.findLoad(waiting.load.id)).toMatchObject({ code: 'cancelled' });
    expect(await registry.findLoad(elsewhere.load.id)).toMatchObject({ status: 'queued' });
    await publish('deleted', asked);
    expect(await registry.findPackage(packageId)).toMatchObject({ private: true, version: 1 });
  });

  it('cannot be brought back by the load that was at work', async () => {
    const { packageId } = await publish('at-work', newLoad());
    const attempt = await started(newLoad());
    await registry.claimPackage(attempt, packageId);
    await registry.deletePackage(packageId);
    await expect(
      registry.publish(attempt, { packageId, descriptor: {}, model: {}, cubes: [], rows: 9 }),
    ).rejects.toThrow(StaleAttemptError);
    expect(await registry.findPackage(packageId)).toBeUndefined();
  });
});

describe('default parameters', () => {
  it('stand in the descriptor as they were sent, and survive a re-load', async () => {
    const { packageId } = await publish('params', newLoad());
    await registry.setDefaultParams(packageId, { params: 'lang=ro' });
    await publish('params', newLoad());
    expect((await registry.findPackage(packageId))?.descriptor.defaultParams).toEqual({ params: 'lang=ro' });
    expect(await registry.setDefaultParams('ann:none', { params: '' })).toBeUndefined();
  });
});

describe('a request with an Idempotency-Key', () => {
  const once = (fingerprint = 'a', keyHash = 'key') => ({
    keyHash,
    fingerprint,
    answer: ({ id }: Load) => `load ${id}`,
  });

  it('has one effect and one answer, however many are sent at once', async () => {
    const asked = newLoad('carl');
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => registry.createLoadOnce(asked, once())),
    );
    const made = outcomes.filter(({ kind }) => kind === 'made');
    expect(made).toHaveLength(1);
    const [first] = made;
    const again = await registry.createLoadOnce(newLoad('carl'), once('b'));
    expect(again).toMatchObject({
      kind: 'known',
      fingerprint: 'a',
      body: first?.kind === 'made' && first.body,
    });
  });

  it("is one person's own", async () => {
    await registry.createLoadOnce(newLoad('dora'), once('a', 'shared'));
    expect((await registry.createLoadOnce(newLoad('emil'), once('a', 'shared'))).kind).toBe('made');
  });
});

describe('a hook run', () => {
  const run = {
    packageId: 'ann:x',
    requestedBy: 'ann',
    pipeline: 'http://x.example/',
    payload: { url: 'y' },
  };

  it('is begun once and ends once', async () => {
    const made = await registry.createHookRun(run);
    expect(made).toMatchObject({ ...run, status: 'queued' });
    expect(await registry.startHookRun(made.id)).toMatchObject({ status: 'running' });
    expect(await registry.startHookRun(made.id)).toBeUndefined();
    expect(await registry.finishHookRun(made.id, { kind: 'done', response: 'ok' })).toMatchObject({
      status: 'done',
      response: 'ok',
    });
    await registry.finishHookRun(made.id, { kind: 'fail', error: 'late' });
    expect(await registry.findHookRun(made.id)).toMatchObject({ status: 'done', error: undefined });
  });

  it('that was given up is never begun', async () => {
    const made = await registry.createHookRun(run);
    await registry.finishHookRun(made.id, { kind: 'fail', error: 'nobody came' });
    expect(await registry.startHookRun(made.id)).toBeUndefined();
  });
});

describe('room for uploads', () => {
  const reserve = (owner: string, key: string, bytes: number, stored: Record<string, number> = {}) =>
    registry.reserveUploads({
      owner,
      files: [{ key, bytes }],
      maxBytes: 100,
      lifeSeconds: 60,
      storedBytes: async () => new Map(Object.entries(stored)),
    });

  it('counts what is stored and what was announced, and a replaced file once', async () => {
    expect(await reserve('fay', 'fay/p/a', 60)).toEqual({ reserved: true, bytes: 60 });
    expect(await reserve('fay', 'fay/p/b', 41)).toEqual({ reserved: false, bytes: 101 });
    expect(await reserve('fay', 'fay/p/b', 40)).toEqual({ reserved: true, bytes: 100 });
    expect(await reserve('fay', 'fay/p/a', 60, { 'fay/p/a': 60 })).toEqual({ reserved: true, bytes: 100 });
    expect(await reserve('gus', 'gus/p/a', 50, { 'gus/p/old': 60 })).toEqual({ reserved: false, bytes: 110 });
  });

  it('is not given twice to two who ask at once', async () => {
    const both = await Promise.all([reserve('hal', 'hal/p/a', 60), reserve('hal', 'hal/p/b', 60)]);
    expect(both.filter(({ reserved }) => reserved)).toHaveLength(1);
  });
});

describe('what is kept for a day', () => {
  it('is forgotten then, and only that', async () => {
    await registry.createLoadOnce(newLoad('ida'), { keyHash: 'k', fingerprint: 'a', answer: () => 'x' });
    await registry.forgetExpired();
    const known = await registry.createLoadOnce(newLoad('ida'), {
      keyHash: 'k',
      fingerprint: 'a',
      answer: () => 'y',
    });
    expect(known).toMatchObject({ kind: 'known', body: 'x' });
    await registry.recordAudit({ actor: 'root', owner: 'ida', action: 'package.delete', subject: 'ida:x' });
  });
});
