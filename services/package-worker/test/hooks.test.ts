import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { HOOKS_QUEUE, type HookJob, hookJobId } from '@flyloft/common';
import { createJobQueue, type QueueBackend } from '@flyloft/job-queue';
import { createSafeFetcher } from '@flyloft/safe-fetch';
import { describeWith, serveHttp, testRedisUrl } from '@flyloft/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startHookWorker } from '../src/hooks/hook-worker.ts';
import { runHook } from '../src/hooks/run-hook.ts';
import { OWNER, openWorkPlace, type WorkPlace } from './work-place.ts';

let place: WorkPlace;
beforeAll(async () => {
  place = await openWorkPlace();
});
afterAll(() => place.close());

const toClose: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const { origin, close } = await serveHttp(listener);
  toClose.push(close);
  return origin;
}

const payload = { '@context': { url: 'http://schema.org/url' }, url: 'http://flyloft.test/datapackage.json' };

const newRun = (pipeline: string) =>
  place.registry.createHookRun({ packageId: `${OWNER}:a`, requestedBy: OWNER, pipeline, payload });

async function call(pipeline: string, allowedOrigins = [new URL(pipeline).origin]) {
  const { id } = await newRun(pipeline);
  const { fetcher, registry } = place;
  await runHook({ fetcher, registry, allowedOrigins, retryDelayMilliseconds: 1 }, id);
  return place.registry.findHookRun(id);
}

/** Answers with these statuses, one after another, the last again and again. */
async function answering(...statuses: number[]) {
  const keys: (string | undefined)[] = [];
  const origin = await serve((req, res) => {
    keys.push(req.headers['idempotency-key']?.toString());
    const status = statuses.length > 1 ? statuses.shift() : statuses[0];
    res.writeHead(status ?? 200, { location: '/elsewhere' }).end('the answer');
  });
  return { origin, keys };
}

describe('a hook', () => {
  it('is called with the package as the file "input" of a form, and its answer is kept', async () => {
    let received = '';
    const origin = await serve((req, res) => {
      req.setEncoding('utf8');
      req.on('data', (chunk: string) => {
        received += chunk;
      });
      req.on('end', () => void res.end('<rdf/>'));
    });
    expect(await call(`${origin}/pipelines/fdp`)).toMatchObject({ status: 'done', response: '<rdf/>' });
    expect(received).toMatch(/name="input"; filename="package-url\.jsonld"/);
    expect(JSON.parse(received.split('\r\n')[4] ?? '')).toEqual(payload);
  });

  it('is called once, however often its job comes', async () => {
    const { origin, keys } = await answering(200);
    const { id } = await newRun(origin);
    const dependencies = { ...place, allowedOrigins: [origin] };
    await Promise.all([runHook(dependencies, id), runHook(dependencies, id)]);
    await runHook(dependencies, id);
    expect(keys).toEqual([id]);
  });

  it.each([429, 503])('is called again after %i, under the same key', async (status) => {
    const { origin, keys } = await answering(status, status, 200);
    expect(await call(origin)).toMatchObject({ status: 'done', response: 'the answer' });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  it.each([
    [503, 3],
    [500, 1],
    [404, 1],
    [302, 1],
  ])('that answers %i at last fails with that answer', async (status, times) => {
    const { origin, keys } = await answering(status);
    expect(await call(origin)).toMatchObject({
      ...{ status: 'fail', error: `The pipeline answered ${status}: the answer` },
    });
    expect(keys).toHaveLength(times);
  });

  it('that cannot be reached, or breaks off, fails and says why', async () => {
    const gone = await serve(() => undefined);
    for (const close of toClose.splice(0)) await close();
    expect(await call(gone)).toMatchObject({ status: 'fail', error: expect.stringMatching(/accept/) });
    let calls = 0;
    const cut = await serve((_req, res) => {
      calls += 1;
      res.socket?.destroy();
    });
    expect(await call(cut)).toMatchObject({ status: 'fail', error: expect.stringMatching(/ended before/) });
    // whether the program has acted is not known
    expect(calls).toBe(1);
  });

  it('is not called at another origin than those allowed, nor at a private address', async () => {
    const { origin, keys } = await answering(200);
    expect(await call(origin, ['https://rdf.example'])).toMatchObject({
      ...{ status: 'fail', error: expect.stringContaining('HOOK_ALLOWED_ORIGINS') },
    });
    const fetcher = createSafeFetcher({ policy: { ports: [Number(new URL(origin).port)], openHosts: [] } });
    toClose.push(fetcher.close);
    const { id } = await newRun(origin);
    await runHook({ fetcher, registry: place.registry, allowedOrigins: [origin] }, id);
    expect(await place.registry.findHookRun(id)).toMatchObject({
      ...{ status: 'fail', error: expect.stringContaining('not on the public internet') },
    });
    expect(keys).toEqual([]);
  });
});

function queuedHooks(backendOf: () => QueueBackend) {
  it('are taken from their queue', async () => {
    const { origin } = await answering(200);
    const backend = backendOf();
    const hooks = { fetcher: place.fetcher, allowedOrigins: [origin] };
    const stop = startHookWorker({ ...place, hooks, backend });
    const queue = createJobQueue<HookJob>({ name: HOOKS_QUEUE, backend, onError: () => undefined });
    const { id } = await newRun(origin);
    const job: HookJob = { version: 1, hook_run_id: id };
    await queue.add(hookJobId(job), job);
    let found = await place.registry.findHookRun(id);
    while (found?.status !== 'done') found = await place.registry.findHookRun(id);
    expect(found.response).toBe('the answer');
    await stop.run();
    await queue.close();
    place.metrics.registry.clear();
  });
}

describe('hooks with their queue in PostgreSQL', () => queuedHooks(() => place.backend));
describeWith(testRedisUrl())('hooks with their queue in Redis', () =>
  queuedHooks(() => ({
    kind: 'redis',
    url: testRedisUrl() ?? '',
    prefix: randomBytes(6).toString('hex'),
  })),
);
