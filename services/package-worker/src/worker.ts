import { LOADS_QUEUE, type LoadJob } from '@flyloft/common';
import type { DataSets } from '@flyloft/data-sets';
import { createJobQueue, createJobWorker, type QueueBackend } from '@flyloft/job-queue';
import type { FileAddresses, ObjectStore } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';
import type { SafeFetcher } from '@flyloft/safe-fetch';
import type { HealthCheck, ServiceMetrics, StopPhase } from '@flyloft/service-kit';
import type { Engine } from '@flyloft/warehouse';
import type { Logger } from 'pino';
import { type HookWorkerDependencies, startHookWorker } from './hooks/hook-worker.ts';
import { startChores } from './housekeeping/housekeeper.ts';
import { sweepFiles } from './housekeeping/sweep-files.ts';
import { enqueue, runLoad } from './loads/run-load.ts';
import { loadMetrics } from './metrics.ts';
import { createTransformWorker } from './transforms/transform-worker.ts';

export interface WorkerDependencies {
  readonly registry: Registry;
  readonly dataSets: DataSets;
  readonly store: ObjectStore;
  readonly addresses: FileAddresses;
  readonly engine: Engine;
  readonly fetcher: SafeFetcher;
  readonly maxFetchBytes: number;
  readonly hooks: HookWorkerDependencies['hooks'];
  readonly backend: QueueBackend;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly workFolder: string;
  readonly concurrency: number;
  /** Before a load is tried again after a fault of ours (see RunnerDependencies). */
  readonly retryDelayMilliseconds: number;
  readonly transformConcurrency: number;
  readonly maxTableBytes: number;
  readonly maxTableRows: number;
  readonly graceSeconds: number;
  /** Longest wait for loads at work when asked to stop; then they are handed back. */
  readonly stopTimeoutSeconds: number;
}

export interface PackageWorker {
  readonly healthChecks: readonly HealthCheck[];
  readonly stopPhases: readonly StopPhase[];
}

const REAP_SECONDS = 5;
const SWEEP_SECONDS = 60;
/** Looking at every file takes as long as there are packages. */
const FULL_SWEEP_SECONDS = 3_600;

/** Takes load jobs and transforms, and keeps house: pure of environment and signals, which are server.ts's. */
export function createWorker(dependencies: WorkerDependencies): PackageWorker {
  const { registry, store, backend, logger, metrics, concurrency, graceSeconds } = dependencies;
  const stop = new AbortController();
  const onError = (error: Error) => logger.warn({ err: error }, 'queue connection');
  const queue = createJobQueue<LoadJob>({ name: LOADS_QUEUE, backend, onError });
  const onOutcome = loadMetrics(metrics, () => queue.waiting());
  const runner = { ...dependencies, queue, stop: stop.signal, onOutcome };
  const worker = createJobWorker({
    name: LOADS_QUEUE,
    backend,
    concurrency,
    process: (data) => runLoad(runner, data),
    onError,
    onFailed: (error, job) => logger.error({ err: error, job: job.id }, 'job failed'),
  });
  const reap = async () => {
    const { requeued, failed } = await registry.reapLostLoads();
    for (const load of requeued) await enqueue(runner, load);
    if (requeued.length + failed.length > 0) {
      logger.warn({ requeued: requeued.length, failed: failed.length }, 'attempts were lost');
    }
  };
  const sweep = async (scope: 'recent' | 'all') => {
    const removed = await sweepFiles({ registry, store, graceSeconds }, scope);
    if (removed.length > 0) logger.info({ removed: removed.length }, 'files swept');
  };
  const transforms = createTransformWorker(dependencies);
  const stopHooks = startHookWorker(dependencies);
  const stopChores = startChores(
    [
      { name: 'lost loads', everySeconds: REAP_SECONDS, run: reap },
      { name: 'dead files', everySeconds: SWEEP_SECONDS, run: () => sweep('recent') },
      { name: 'forgotten files', everySeconds: FULL_SWEEP_SECONDS, run: () => sweep('all') },
      ...transforms.chores,
    ],
    logger,
  );
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= worker.close();
    return closed;
  };
  return {
    healthChecks: [
      { name: 'database', check: registry.check },
      { name: 'queue', check: worker.check },
      { name: 'files', check: store.check },
      ...transforms.healthChecks,
    ],
    stopPhases: [
      stopHooks,
      { name: 'loads at work', capSeconds: dependencies.stopTimeoutSeconds, run: close },
      {
        name: 'hand back',
        capSeconds: 5,
        run: async () => {
          stop.abort();
          await close();
        },
      },
      { name: 'chores', capSeconds: 5, run: stopChores },
      ...transforms.stopPhases,
      {
        name: 'connections',
        capSeconds: 5,
        run: async () => void (await Promise.all([queue.close(), registry.close()])),
      },
    ],
  };
}
