import { TRANSFORMS_QUEUE, type TransformJob, transformJobId, transformJobSchema } from '@flyloft/common';
import { type DataSets, MOST_FAILURES, runTransform, type TransformCall } from '@flyloft/data-sets';
import { createJobQueue, createJobWorker, type QueueBackend } from '@flyloft/job-queue';
import type { HealthCheck, ServiceMetrics, StopPhase } from '@flyloft/service-kit';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import type { Chore } from '../housekeeping/housekeeper.ts';

export interface TransformWorkerDependencies {
  readonly dataSets: DataSets;
  readonly backend: QueueBackend;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly transformConcurrency: number;
}

/** What the service runs beside its loads. */
export interface TransformWorker {
  readonly healthChecks: readonly HealthCheck[];
  readonly chores: readonly Chore[];
  readonly stopPhases: readonly StopPhase[];
}

const DUE_SECONDS = 5;

/** Longer than the queue's own tries take: 1 + 2 + 4 + 8 seconds. */
const LOST_AFTER_SECONDS = 30;

const STOP_SECONDS = 15;

/** Runs data-set transforms: from the queue, by the clock, and those whose job was lost. */
export function createTransformWorker(dependencies: TransformWorkerDependencies): TransformWorker {
  const { dataSets, backend, logger, metrics, transformConcurrency } = dependencies;
  const onError = (error: Error) => logger.warn({ err: error }, 'queue connection');
  const queue = createJobQueue<TransformJob>({
    ...{ name: TRANSFORMS_QUEUE, backend, onError, attempts: MOST_FAILURES },
  });
  const runs = new Counter({
    name: 'flyloft_transform_runs_total',
    help: 'Runs of data-set transforms, by outcome',
    labelNames: ['outcome'] as const,
    registers: [metrics.registry],
  });
  const enqueue = async (calls: readonly TransformCall[]) => {
    for (const { id, version } of calls) {
      const job: TransformJob = { version: 1, transform_id: id, transform_version: version };
      await queue.add(transformJobId(job), job);
    }
  };
  const worker = createJobWorker({
    ...{ name: TRANSFORMS_QUEUE, backend, concurrency: transformConcurrency, onError },
    process: async (data) => {
      const job = transformJobSchema.parse(data);
      await enqueue(await runTransform(dataSets, job.transform_id));
      runs.inc({ outcome: 'done' });
    },
    onFailed: (error, job) => {
      runs.inc({ outcome: 'fail' });
      logger.warn({ err: error, job: job.id, attempt: job.attempt }, 'transform failed');
    },
  });
  return {
    healthChecks: [{ name: 'data sets', check: dataSets.check }],
    chores: [
      {
        name: 'transforms that are due',
        everySeconds: DUE_SECONDS,
        run: async () => enqueue(await dataSets.transforms.due(new Date(), LOST_AFTER_SECONDS)),
      },
    ],
    stopPhases: [
      { name: 'transforms at work', capSeconds: STOP_SECONDS, run: worker.close },
      {
        name: 'connections of transforms',
        capSeconds: 5,
        run: async () => void (await Promise.all([queue.close(), dataSets.close()])),
      },
    ],
  };
}
