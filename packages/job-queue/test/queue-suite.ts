import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createTcpProxy } from '@flyloft/testing';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import {
  createJobQueue,
  createJobWorker,
  type JobQueue,
  type JobWorker,
  type JobWorkerOptions,
  type QueueBackend,
} from '../src/index.ts';

export interface EngineUnderTest {
  /** The engine's own address. */
  readonly url: string;
  /** The backend for that engine at an address, which may be a proxy's. */
  readonly backendAt: (url: string) => QueueBackend;
  readonly dispose: () => Promise<void>;
}

interface Data {
  readonly number: number;
}

/** The one conformance suite of the job queue: every backend runs it against its real engine. */
export function queueSuite(open: () => Promise<EngineUnderTest>): void {
  let engine: EngineUnderTest;
  const toClose: { close: () => Promise<void> }[] = [];

  beforeAll(async () => {
    engine = await open();
  });

  afterEach(async () => {
    for (const open of toClose.splice(0).reverse()) await open.close();
  });

  afterAll(() => engine.dispose());

  const ignore = () => undefined;

  function queueOf(name: string, url = engine.url, onError: (error: Error) => void = ignore): JobQueue<Data> {
    const queue = createJobQueue<Data>({
      name,
      backend: engine.backendAt(url),
      onError,
      retryDelayMilliseconds: 10,
      timeLimitSeconds: 2,
    });
    toClose.push(queue);
    return queue;
  }

  function workerOf(
    name: string,
    process: JobWorkerOptions['process'],
    more: Partial<JobWorkerOptions> & { readonly url?: string } = {},
  ): JobWorker {
    const { url = engine.url, ...options } = more;
    const worker = createJobWorker({
      name,
      backend: engine.backendAt(url),
      process,
      onError: ignore,
      ...options,
    });
    toClose.push(worker);
    return worker;
  }

  /** A worker's function that notes what it was given, and an emitter that says so. */
  function recorder() {
    const seen: { data: unknown; id: string; attempt: number }[] = [];
    const events = new EventEmitter();
    const process: JobWorkerOptions['process'] = async (data, { id, attempt }) => {
      seen.push({ data, id, attempt });
      events.emit('job');
    };
    const until = async (count: number) => {
      while (seen.length < count) await once(events, 'job');
    };
    return { seen, process, until };
  }

  it('brings a job with its data and id from the queue to a worker', async () => {
    const name = randomUUID();
    const { seen, process, until } = recorder();
    workerOf(name, process);
    await queueOf(name).add('a-1', { number: 7 });
    await until(1);
    expect(seen).toEqual([{ data: { number: 7 }, id: 'a-1', attempt: 1 }]);
  });

  it('wakes a worker that waits: a hundred jobs, one after another, take no polling', async () => {
    // Each job is added only when the one before is done. BullMQ polls every 5 s where it is not woken:
    // the test's own time limit would be passed many times over.
    const name = randomUUID();
    const { process, until } = recorder();
    const worker = workerOf(name, process);
    await worker.ready();
    const queue = queueOf(name);
    for (let number = 1; number <= 100; number += 1) {
      await queue.add(`job-${number}`, { number });
      await until(number);
    }
  });

  it('does a job once that is added twice under one id, before, while and after it is done', async () => {
    const name = randomUUID();
    const queue = queueOf(name);
    await Promise.all([queue.add('same', { number: 1 }), queue.add('same', { number: 2 })]);
    expect(await queue.waiting()).toBe(1);
    const { seen, process, until } = recorder();
    workerOf(name, async (data, context) => {
      if (context.id === 'same') await queue.add('same', { number: 3 });
      await process(data, context);
    });
    await until(1);
    await queue.add('other', { number: 4 });
    await until(2);
    await queue.add('same', { number: 5 });
    await queue.add('last', { number: 6 });
    await until(3);
    expect(seen.map(({ id }) => id)).toEqual(['same', 'other', 'last']);
  });

  it('tries a failed job again, then gives it up, and each time says why', async () => {
    const name = randomUUID();
    const failures: string[] = [];
    const events = new EventEmitter();
    const onFailed: JobWorkerOptions['onFailed'] = (error, job) => {
      failures.push(`${job.id} ${job.attempt}: ${error.message}`);
      events.emit('failed');
    };
    const broken = async () => {
      throw new Error('no luck');
    };
    workerOf(name, broken, { onFailed });
    const queue = queueOf(name);
    await queue.add('unlucky', { number: 1 });
    while (failures.length < 3) await once(events, 'failed');
    expect(failures).toEqual(['unlucky 1: no luck', 'unlucky 2: no luck', 'unlucky 3: no luck']);
    // given up: the id may be used again
    await queue.add('unlucky', { number: 2 });
    while (failures.length < 4) await once(events, 'failed');
    expect(failures[3]).toBe('unlucky 1: no luck');
  });

  it('succeeds on a second try', async () => {
    const name = randomUUID();
    const { seen, process, until } = recorder();
    workerOf(name, async (data, context) => {
      if (context.attempt === 1) throw new Error('not yet');
      await process(data, context);
    });
    await queueOf(name).add('again', { number: 1 });
    await until(1);
    expect(seen).toEqual([{ data: { number: 1 }, id: 'again', attempt: 2 }]);
  });

  it('keeps jobs while there is no worker, and through one that is closed', async () => {
    const name = randomUUID();
    const queue = queueOf(name);
    for (let number = 1; number <= 5; number += 1) await queue.add(`job-${number}`, { number });
    expect(await queue.waiting()).toBe(5);
    const first = recorder();
    const stopping = workerOf(name, first.process);
    await first.until(1);
    await stopping.close();
    const second = recorder();
    workerOf(name, second.process);
    await second.until(5 - first.seen.length);
    expect([...first.seen, ...second.seen].map(({ id }) => id)).toEqual(
      [1, 2, 3, 4, 5].map((number) => `job-${number}`),
    );
  });

  it('waits for the job at work when it is closed', async () => {
    const name = randomUUID();
    const events = new EventEmitter();
    let finished = false;
    const worker = workerOf(name, async () => {
      events.emit('begun');
      await once(events, 'go on');
      finished = true;
    });
    const begun = once(events, 'begun');
    await queueOf(name).add('slow', { number: 1 });
    await begun;
    const closed = worker.close();
    events.emit('go on');
    await closed;
    expect(finished).toBe(true);
  });

  it('tells jobs at work to stop when it is told to', async () => {
    const name = randomUUID();
    const events = new EventEmitter();
    const worker = workerOf(name, async (_data, { signal }) => {
      const aborted = once(signal, 'abort');
      events.emit('begun');
      await aborted;
      events.emit('stopped');
    });
    const begun = once(events, 'begun');
    await queueOf(name).add('endless', { number: 1 });
    await begun;
    const stopped = once(events, 'stopped');
    worker.abort('stopping');
    await stopped;
  });

  it('does as many jobs at a time as it was told', async () => {
    const name = randomUUID();
    const events = new EventEmitter();
    let atWork = 0;
    workerOf(
      name,
      async () => {
        atWork += 1;
        events.emit('begun');
        await once(events, 'go on');
      },
      { concurrency: 2 },
    );
    const queue = queueOf(name);
    for (let number = 1; number <= 2; number += 1) await queue.add(`job-${number}`, { number });
    while (atWork < 2) await once(events, 'begun');
    events.emit('go on');
  });

  it('rejects while the engine is away, and works when it is back', async () => {
    const name = randomUUID();
    const proxy = await createTcpProxy(engine.url, { cut: true });
    toClose.push(proxy);
    const queue = queueOf(name, proxy.url);
    await expect(queue.add('early', { number: 1 })).rejects.toThrow();
    await expect(queue.check()).rejects.toThrow();
    await proxy.restore();
    await untilTrue(() => queue.check());
    await queue.add('early', { number: 2 });
    expect(await queue.waiting()).toBe(1);

    await proxy.cut();
    await expect(queue.add('later', { number: 3 })).rejects.toThrow();
    await proxy.restore();
    await untilTrue(() => queue.check());
    await queue.add('later', { number: 4 });
    expect(await queue.waiting()).toBe(2);
  });

  it('has a worker that outlives an engine that is away at its start or goes away later', async () => {
    const name = randomUUID();
    const proxy = await createTcpProxy(engine.url, { cut: true });
    toClose.push(proxy);
    const events = new EventEmitter();
    const { seen, process, until } = recorder();
    const firstError = once(events, 'away');
    const onError = () => void events.emit('away');
    const worker = workerOf(name, process, { url: proxy.url, onError });
    await firstError;
    await expect(worker.check()).rejects.toThrow();
    await proxy.restore();
    await queueOf(name).add('before', { number: 1 });
    await until(1);

    const nextError = once(events, 'away');
    await proxy.cut();
    await nextError;
    await proxy.restore();
    await queueOf(name).add('after', { number: 2 });
    // Deliveries are at least once: one that was done but not confirmed before the cut may come again.
    while (!seen.some(({ id }) => id === 'after')) await until(seen.length + 1);
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(['before', 'after']));
    await untilTrue(() => worker.check());
  });

  it('outlives an engine that goes away at any moment of the start, on both sides', async () => {
    const proxy = await createTcpProxy(engine.url);
    toClose.push(proxy);
    for (let moment = 0; moment < 24; moment += 1) {
      const name = randomUUID();
      const queue = queueOf(name, proxy.url);
      const { process, until } = recorder();
      const worker = workerOf(name, process, { url: proxy.url });
      const asked = queue.check().catch(ignore);
      await new Promise((resolve) => setTimeout(resolve, moment * 2));
      await proxy.cut();
      await asked;
      await proxy.restore();
      await worker.ready();
      await untilTrue(() => queue.check());
      await queue.add('first', { number: 1 });
      await until(1);
      for (const open of [worker, queue]) await open.close();
    }
  });

  it('can be closed while the engine has gone away', async () => {
    const proxy = await createTcpProxy(engine.url);
    const queue = queueOf(randomUUID(), proxy.url);
    const worker = workerOf(randomUUID(), async () => undefined, { url: proxy.url });
    await queue.check();
    await worker.ready();
    await proxy.cut();
    await queue.close();
    await worker.close();
  });

  it('can be closed before the engine was ever there', async () => {
    const proxy = await createTcpProxy(engine.url, { cut: true });
    const queue = queueOf(randomUUID(), proxy.url);
    const worker = workerOf(randomUUID(), async () => undefined, { url: proxy.url });
    await expect(queue.check()).rejects.toThrow();
    await queue.close();
    await worker.close();
    await proxy.close();
  });
}

/** Asks again until it does not reject; the test's time limit is the only limit. */
async function untilTrue(ask: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
