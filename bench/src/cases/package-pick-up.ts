import { createJobQueue, createJobWorker, migrateQueue, type QueueBackend } from '@flyloft/job-queue';
import { freePort, startRedis } from '@flyloft/local';
import { whenDone } from '../harness/clean-up.ts';
import type { CaseResult } from '../harness/report.ts';
import { temporaryFolder, temporaryPostgres } from '../harness/temporary.ts';

const JOBS = 200;

/** Milliseconds from the call that queues a job to its worker's first line, one job after another. */
async function pickUps(backend: QueueBackend): Promise<number[]> {
  const onError = (error: Error) => process.stderr.write(`${error.message}\n`);
  let taken: () => void = () => undefined;
  const worker = createJobWorker({ name: 'pick-up', backend, onError, process: async () => taken() });
  const queue = createJobQueue<object>({ name: 'pick-up', backend, onError });
  await worker.ready();
  const times: number[] = [];
  for (let job = 0; job < JOBS; job += 1) {
    const started = performance.now();
    const isTaken = new Promise<void>((resolve) => {
      taken = resolve;
    });
    await queue.add(`job-${job}`, {});
    await isTaken;
    times.push(performance.now() - started);
  }
  await worker.close();
  await queue.close();
  return times.sort((a, b) => a - b);
}

const at = (sorted: readonly number[], part: number) =>
  Number((sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(1));

/** How soon a waiting worker takes a job, on both engines of the queue; the target is p95 ≤ 50 ms. */
export async function packagePickUp(): Promise<CaseResult> {
  const postgres = await temporaryPostgres();
  const redis = await startRedis({ dataFolder: await temporaryFolder('pick-up'), port: await freePort() });
  whenDone(redis.stop);
  await migrateQueue(postgres.url);
  const onPostgres = await pickUps({ kind: 'postgres', connectionString: postgres.url });
  const onRedis = await pickUps({ kind: 'redis', url: redis.url });
  return {
    case: 'package-pick-up',
    comparisons: [],
    facts: {
      'jobs, one after another': JOBS,
      'PostgreSQL: p50, milliseconds': at(onPostgres, 0.5),
      'PostgreSQL: p95, milliseconds (target ≤ 50)': at(onPostgres, 0.95),
      'Redis: p50, milliseconds': at(onRedis, 0.5),
      'Redis: p95, milliseconds (target ≤ 50)': at(onRedis, 0.95),
    },
  };
}
