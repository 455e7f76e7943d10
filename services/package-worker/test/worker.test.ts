import { randomBytes } from 'node:crypto';
import type { QueueBackend } from '@flyloft/job-queue';
import { describeWith, testRedisUrl } from '@flyloft/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { enqueue } from '../src/loads/run-load.ts';
import { createWorker } from '../src/worker.ts';
import { OWNER, openWorkPlace, smallPackage, type WorkPlace, waitFor } from './work-place.ts';

/** One suite for every engine that the queue can live in. */
function workerSuite(backend: () => QueueBackend | undefined) {
  let place: WorkPlace;
  beforeEach(async () => {
    place = await openWorkPlace({ queueBackend: backend() });
  });
  afterEach(() => place.close());

  const startWorker = (concurrency = 2) =>
    createWorker({
      ...place,
      hooks: { fetcher: place.fetcher, allowedOrigins: [] },
      workFolder: place.folder,
      concurrency,
      retryDelayMilliseconds: 1,
      transformConcurrency: 2,
      maxTableBytes: 1e9,
      maxTableRows: 1e9,
      graceSeconds: 600,
      stopTimeoutSeconds: 10,
    });

  it('takes loads from the queue, is healthy, counts, and stops cleanly', async () => {
    const worker = startWorker();
    const names = ['one', 'two', 'three'];
    const loads = [];
    for (const name of names) {
      const load = await place.createLoad(await place.upload(name, smallPackage(name, '2014,north,1\n')));
      await enqueue(place.runner, load);
      loads.push(load);
    }
    for (const { id } of loads) {
      expect(await waitFor(() => place.findLoad(id))).toMatchObject({ status: 'done', rows: 1, attempt: 1 });
    }
    for (const { check } of worker.healthChecks) await check();
    expect(await place.metrics.registry.metrics()).toMatch(
      /flyloft_jobs_waiting\{service="package-worker"\} 0/,
    );
    for (const phase of worker.stopPhases) await phase.run();
  });

  it('gives its only place to other packages while a load waits for its turn', async () => {
    const held = await place.createLoad(await place.upload('held', smallPackage('held', '2014,north,1\n')));
    const started = await place.registry.startAttempt(held.id, held.attempt);
    if (started === undefined) throw new Error('the load was begun by another');
    await place.registry.claimPackage(started.attempt, `${OWNER}:held`);
    const behind = await place.createLoad(held.datapackage);
    const other = await place.createLoad(
      await place.upload('other', smallPackage('other', '2014,north,1\n')),
    );
    for (const load of [behind, other]) await enqueue(place.runner, load);
    const worker = startWorker(1);
    expect(await waitFor(() => place.findLoad(other.id))).toMatchObject({ status: 'done' });
    expect(await place.findLoad(behind.id)).toMatchObject({ status: 'queued' });
    await place.registry.fail(started.attempt, { error: 'given up', code: 'data_invalid' });
    expect(await waitFor(() => place.findLoad(behind.id))).toMatchObject({
      ...{ status: 'done', rows: 1 },
      // waiting was no attempt
      attempt: 1,
    });
    for (const phase of worker.stopPhases) await phase.run();
  });
}

describe('a worker with its queue in PostgreSQL', () => workerSuite(() => undefined));
describeWith(testRedisUrl())('a worker with its queue in Redis', () =>
  workerSuite(() => ({ kind: 'redis', url: testRedisUrl() ?? '', prefix: randomBytes(6).toString('hex') })),
);
