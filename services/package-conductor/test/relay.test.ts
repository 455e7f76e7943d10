import { EventEmitter, once } from 'node:events';
import type { LoadJob } from '@flyloft/common';
import { createTcpProxy, createTestDatabase, describeWith, testRedisUrl } from '@flyloft/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import request from 'supertest';
import { ANN, startConductor, type TestConductor } from './conductor.ts';

const toClose: { close: () => Promise<void> }[] = [];

afterEach(async () => {
  for (const open of toClose.splice(0).reverse()) await open.close();
});

async function upload(conductor: TestConductor, name: string): Promise<string> {
  const datapackage = `${conductor.origin}/files/${ANN}/${name}/datapackage.json`;
  const answer = await request(conductor.origin)
    .post('/package/upload')
    .query({ datapackage, jwt: conductor.tokenOf(ANN) });
  expect(answer.body).toMatchObject({ status: 'queued', progress: 0 });
  return answer.body.load;
}

/** A worker's function that notes its jobs, and a wait for the first so many. */
function recorder() {
  const jobs: LoadJob[] = [];
  const events = new EventEmitter();
  return {
    jobs,
    process: async (job: LoadJob) => {
      jobs.push(job);
      events.emit('job');
    },
    until: async (count: number) => {
      while (jobs.length < count) await once(events, 'job');
    },
  };
}

async function sql(conductor: TestConductor, text: string): Promise<void> {
  const client = new Client({ connectionString: conductor.databaseUrl });
  await client.connect();
  await client.query(text);
  await client.end();
}

describe('a load and its job', () => {
  it('reach a worker, once for each load', async () => {
    const conductor = await startConductor();
    toClose.push(conductor);
    const { jobs, process, until } = recorder();
    conductor.startWorker(process);
    const loads = await Promise.all(['a', 'b', 'c'].map((name) => upload(conductor, name)));
    await until(3);
    expect(jobs.map(({ load_id }) => load_id).sort()).toEqual(loads.sort());
    expect(jobs.every(({ version, after_attempt }) => version === 1 && after_attempt === 0)).toBe(true);
  });

  it('E6: are there together for a row whose conductor died before it made the job', async () => {
    const conductor = await startConductor();
    toClose.push(conductor);
    const { process, jobs, until } = recorder();
    conductor.startWorker(process);
    // what a conductor leaves that is killed between its commit and the queue
    const address = `${conductor.origin}/files/${ANN}/orphan/datapackage.json`;
    const { load } = await conductor.registry.createLoad({ address, datapackage: address, requestedBy: ANN });
    await until(1);
    expect(jobs[0]?.load_id).toBe(load.id);
  });

  it('are made once: a row whose job is in the queue is marked, and left alone', async () => {
    const conductor = await startConductor();
    toClose.push(conductor);
    const load = await upload(conductor, 'marked');
    // A state to wait for; the test's own time limit ends it when it never comes.
    while ((await conductor.registry.findLoad(load))?.enqueuedAt === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await conductor.registry.loadsToEnqueue()).toEqual([]);
  });

  it('begin again, for the next attempt, when their worker is lost', async () => {
    const conductor = await startConductor();
    toClose.push(conductor);
    const { process, jobs, until } = recorder();
    conductor.startWorker(async (job) => {
      const begun = await conductor.registry.startAttempt(job.load_id, job.after_attempt);
      if (begun?.attempt.attempt === 1) {
        await sql(
          conductor,
          `UPDATE registry.loads SET heartbeat_at = clock_timestamp() - interval '1 hour'`,
        );
      }
      await process(job);
    });
    const load = await upload(conductor, 'lost');
    await until(2);
    expect(jobs).toEqual([
      { version: 1, load_id: load, after_attempt: 0 },
      { version: 1, load_id: load, after_attempt: 1 },
    ]);
  });

  it('count as waiting in the metrics until a worker takes them', async () => {
    const conductor = await startConductor();
    toClose.push(conductor);
    const load = await upload(conductor, 'metrics');
    await sql(conductor, `UPDATE registry.loads SET created_at = clock_timestamp() - interval '1 hour'`);
    expect(await conductor.metrics.registry.metrics()).toMatch(/^loads_waiting_oldest_seconds\{.*\} 36\d\d/m);
    expect(await conductor.metrics.registry.metrics()).toMatch(/^loads_waiting\{.*\} 1$/m);
    const ready = await fetch(`${conductor.origin}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { checks: { workers: 'degraded' } }]);
    await conductor.registry.startAttempt(load, 0);
    expect(await conductor.metrics.registry.metrics()).toMatch(/^loads_waiting\{.*\} 0$/m);
  });
});

/** The promise E6 of reliability.md: queue away, load asked for, queue back: the job runs. */
function outage(
  kind: 'postgres' | 'redis',
  engineUrl: () => Promise<{ url: string; close: () => Promise<void> }>,
) {
  it(`E6: answers queued while the queue (${kind}) is away, and runs the job when it is back`, async () => {
    const engine = await engineUrl();
    toClose.push(engine);
    const proxy = await createTcpProxy(engine.url, { cut: true });
    toClose.push(proxy);
    const prefix = `test-${process.pid}-${Date.now()}`;
    const queueBackend =
      kind === 'redis'
        ? ({ kind, url: proxy.url, prefix } as const)
        : ({ kind, connectionString: proxy.url } as const);
    const conductor = await startConductor({ queueBackend });
    toClose.push(conductor);
    const loads = await Promise.all(['one', 'two'].map((name) => upload(conductor, name)));
    const ready = await request(conductor.origin).get('/readyz');
    expect([ready.status, ready.body.checks]).toEqual([
      503,
      { database: 'ok', queue: 'unavailable', store: 'ok', workers: 'ok' },
    ]);
    expect((await request(conductor.origin).get('/livez')).status).toBe(200);

    const { jobs, process: note, until } = recorder();
    conductor.startWorker(note);
    await proxy.restore();
    await until(2);
    expect(jobs.map(({ load_id }) => load_id).sort()).toEqual(loads.sort());
  });
}

describe('an outage of the queue on PostgreSQL', () => {
  outage('postgres', async () => {
    const database = await createTestDatabase();
    return { url: database.url, close: database.drop };
  });
});

const redisUrl = testRedisUrl();

describeWith(redisUrl)('an outage of the queue on Redis', () => {
  outage('redis', async () => ({ url: redisUrl ?? '', close: async () => undefined }));
});
