import { setTimeout as delay } from 'node:timers/promises';
import { type HookJob, hookJobId, problem } from '@flyloft/common';
import type { JobQueue } from '@flyloft/job-queue';
import type { HookRun, Registry } from '@flyloft/registry';

export interface HookCallerOptions {
  readonly registry: Pick<Registry, 'createHookRun' | 'findHookRun' | 'finishHookRun'>;
  readonly queue: Pick<JobQueue<HookJob>, 'add'>;
  /** Origins that may be called, such as `https://rdf.example.org`; others never are. */
  readonly allowedOrigins: readonly string[];
  /** Longest wait for the worker and the program together; default 30. */
  readonly timeoutSeconds?: number;
}

export type HookRequest = Pick<HookRun, 'packageId' | 'requestedBy' | 'pipeline' | 'payload'>;

export interface HookCaller {
  /** Whether the address may be called at all. */
  isAllowed(pipeline: string): boolean;
  /** Has a worker make the call, and waits for its end. @throws {ProblemError} 503 when the queue is away. */
  call(request: HookRequest, gone: AbortSignal): Promise<HookRun>;
}

const LOOK_MILLISECONDS = 100;

/** Calls programs outside by way of a worker: the conductor itself reaches out to nobody. */
export function createHookCaller(options: HookCallerOptions): HookCaller {
  const { registry, queue, allowedOrigins, timeoutSeconds = 30 } = options;
  const giveUp = async (run: HookRun, error: string): Promise<HookRun> =>
    (await registry.finishHookRun(run.id, { kind: 'fail', error })) ?? run;

  const enqueue = async (run: HookRun) => {
    const job: HookJob = { version: 1, hook_run_id: run.id };
    try {
      await queue.add(hookJobId(job), job);
    } catch (cause) {
      await giveUp(run, 'The queue is not available');
      throw problem('unavailable', 'The queue is not available', { headers: { 'Retry-After': '5' }, cause });
    }
  };
  return {
    isAllowed: (pipeline) => {
      if (!URL.canParse(pipeline)) return false;
      const { origin, username, password } = new URL(pipeline);
      return allowedOrigins.includes(origin) && username === '' && password === '';
    },
    call: async (request, gone) => {
      const run = await registry.createHookRun(request);
      await enqueue(run);
      const deadline = Date.now() + timeoutSeconds * 1000;
      for (;;) {
        const now = await registry.findHookRun(run.id);
        if (now?.status === 'done' || now?.status === 'fail') return now;
        // A worker that comes later finds the run given up, and calls nobody.
        if (gone.aborted) return giveUp(run, 'Nobody waits for the answer any more');
        if (Date.now() >= deadline) {
          return giveUp(run, `The pipeline did not answer within ${timeoutSeconds} s`);
        }
        await delay(LOOK_MILLISECONDS);
      }
    },
  };
}
