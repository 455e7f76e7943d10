import { HOOKS_QUEUE, hookJobSchema } from '@flyloft/common';
import { createJobWorker, type QueueBackend } from '@flyloft/job-queue';
import type { ServiceMetrics, StopPhase } from '@flyloft/service-kit';
import type { Logger } from 'pino';
import { Counter } from 'prom-client';
import { type HookDependencies, runHook } from './run-hook.ts';

export interface HookWorkerDependencies {
  readonly hooks: Omit<HookDependencies, 'registry'>;
  readonly registry: HookDependencies['registry'];
  readonly backend: QueueBackend;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
}

/** Calls wait for the programs that they call, not for this machine. */
const CONCURRENCY = 4;
const STOP_SECONDS = 30;

/** Takes hook calls from their queue. Answers how to stop: it waits for those at work. */
export function startHookWorker(dependencies: HookWorkerDependencies): StopPhase {
  const { hooks, registry, backend, logger, metrics } = dependencies;
  const calls = new Counter({
    name: 'flyloft_hook_calls_total',
    help: 'Calls of hooks, by outcome',
    labelNames: ['outcome'] as const,
    registers: [metrics.registry],
  });
  const worker = createJobWorker({
    ...{ name: HOOKS_QUEUE, backend, concurrency: CONCURRENCY },
    onError: (error) => logger.warn({ err: error }, 'queue connection'),
    process: async (data) => {
      const { hook_run_id: id } = hookJobSchema.parse(data);
      const outcome = await runHook({ ...hooks, registry }, id);
      if (outcome === undefined) return;
      calls.inc({ outcome: outcome.kind });
      logger.info({ hook: id, outcome: outcome.kind }, 'hook called');
    },
    onFailed: (error, job) => logger.error({ err: error, job: job.id }, 'hook failed'),
  });
  return { name: 'hooks at work', capSeconds: STOP_SECONDS, run: worker.close };
}
