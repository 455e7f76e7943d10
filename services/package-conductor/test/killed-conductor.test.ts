import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { LOADS_QUEUE, type LoadJob } from '@flyloft/common';
import { createJobWorker, type QueueBackend } from '@flyloft/job-queue';
import { createTcpProxy, describeWith, tellProgress, testRedisUrl } from '@flyloft/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { openProcessPlace, type ProcessPlace } from './conductor-process.ts';

/** How many conductors are killed; `npm run soak -- packages` asks for more. */
const KILLS = Number(process.env.SOAK_CONDUCTOR_KILLS ?? 2);
/** The first request of a process takes some hundred milliseconds: a kill may come before, within or after it. */
const MOST_MILLISECONDS_TO_KILL = 300;

/** An engine of the queue that lets no job in while it is held. */
interface HeldQueue {
  readonly backend: QueueBackend;
  readonly environment: Readonly<Record<string, string>>;
  hold(): Promise<void>;
  release(): Promise<void>;
  close(): Promise<void>;
}

async function queueInPostgres(url: string): Promise<HeldQueue> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    backend: { kind: 'postgres', connectionString: url },
    environment: {},
    hold: async () => void (await client.query('BEGIN; LOCK TABLE queue.job IN ACCESS EXCLUSIVE MODE')),
    release: async () => void (await client.query('ROLLBACK')),
    close: () => client.end(),
  };
}

async function queueInRedis(): Promise<HeldQueue> {
  const url = new URL(testRedisUrl() ?? '');
  // A database of the server that no other test uses: services have no prefix for their queues.
  url.pathname = '/10';
  const proxy = await createTcpProxy(url.href);
  return {
    backend: { kind: 'redis', url: url.href },
    environment: { REDIS_URL: proxy.url },
    hold: proxy.cut,
    release: proxy.restore,
    close: proxy.close,
  };
}

function killedSuite(openQueue: (databaseUrl: string) => Promise<HeldQueue>) {
  let place: ProcessPlace;
  let queue: HeldQueue;
  beforeEach(async () => {
    place = await openProcessPlace();
    queue = await openQueue(place.database.url);
  });
  afterEach(async () => {
    await queue.close();
    await place.close();
  });

  const rows = async (): Promise<string[]> => {
    const client = new Client({ connectionString: place.database.url });
    await client.connect();
    const found = await client.query<{ id: string }>('SELECT id FROM registry.loads ORDER BY id');
    await client.end();
    return found.rows.map(({ id }) => id);
  };

  it(
    `E6: of ${KILLS} conductors that are killed around the commit of a load, none leaves a load without its job`,
    async () => {
      const taken: string[] = [];
      const events = new EventEmitter();
      const worker = createJobWorker({
        name: LOADS_QUEUE,
        backend: queue.backend,
        onError: () => undefined,
        process: async (data) => {
          // only conductors put jobs there
          taken.push((data as LoadJob).load_id);
          events.emit('job');
        },
      });
      try {
        let conductor = await place.start(queue.environment);
        for (let kill = 0; kill < KILLS; kill += 1) {
          if (kill % 2 === 0) {
            // exactly between: the row is acknowledged, the job cannot be made
            await queue.hold();
            const answer = await place.askToLoad(conductor, `held-${kill}`);
            expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'queued' }]);
            await conductor.end('SIGKILL');
            expect((await rows()).filter((id) => !taken.includes(id))).toHaveLength(1);
            await queue.release();
          } else {
            // at any moment: the caller may or may not have been answered
            const asked = place.askToLoad(conductor, `any-${kill}`).catch(() => undefined);
            await delay(Math.random() * MOST_MILLISECONDS_TO_KILL);
            await conductor.end('SIGKILL');
            const answer = await asked;
            if (answer?.ok) expect(await answer.json()).toMatchObject({ status: 'queued' });
          }
          conductor = await place.start(queue.environment);
          const expected = await rows();
          while (!expected.every((id) => taken.includes(id))) await once(events, 'job');
          tellProgress(`kill ${kill + 1} of ${KILLS}: ${expected.length} loads, each has its job`);
        }
        expect((await rows()).length).toBeGreaterThanOrEqual(KILLS / 2);
      } finally {
        await worker.close();
      }
    },
    60_000 + KILLS * 20_000,
  );
}

describe('conductors that are killed, with the queue in PostgreSQL', () => killedSuite(queueInPostgres));
describeWith(testRedisUrl())('conductors that are killed, with the queue in Redis', () =>
  killedSuite(queueInRedis),
);
