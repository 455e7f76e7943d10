import { setTimeout as delay } from 'node:timers/promises';
import { DelayedError, type IQueueBackend, type Job, Worker } from 'bullmq';
import { answers, assertBackendReady, bullConnection, type QueueBackend } from './backend.ts';

/** A job as its worker sees it. */
export interface JobContext {
  readonly id: string;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when the worker is told to give up its jobs, or the engine handed this one to another. */
  readonly signal: AbortSignal;
}

/** Thrown by `process`: the job goes back to the queue for a while, and that is not one of its tries. */
export class PostponedJob extends Error {
  readonly delayMilliseconds: number;

  constructor(delayMilliseconds: number) {
    super(`the job is postponed for ${delayMilliseconds} ms`);
    this.name = 'PostponedJob';
    this.delayMilliseconds = delayMilliseconds;
  }
}

export interface JobWorkerOptions {
  readonly name: string;
  readonly backend: QueueBackend;
  /** Jobs at a time in this process; default 1. */
  readonly concurrency?: number;
  /**
   * Does one job. Throwing has it tried again, as often as its queue says. Deliveries are at least
   * once: what it does must be harmless the second time. The data is as it was read: parse it.
   */
  readonly process: (data: unknown, context: JobContext) => Promise<void>;
  /** Lost connections and the like; the worker goes on by itself. */
  readonly onError: (error: Error) => void;
  /** A try that threw. */
  readonly onFailed?: (error: Error, job: { readonly id: string; readonly attempt: number }) => void;
}

/** The side that does jobs. It starts by itself, and waits for an engine that is not there yet. */
export interface JobWorker {
  /** Resolves once jobs are being taken. */
  ready(): Promise<void>;
  /** Rejects while the engine does not answer. */
  check(): Promise<void>;
  /** Takes no more jobs and waits for those at work. */
  close(): Promise<void>;
  /** Aborts the signal of every job at work. */
  abort(reason: string): void;
}

type BullWorker = Worker<unknown, void, string, IQueueBackend>;

const RETRY_MILLISECONDS = 500;

const asError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

export function createJobWorker(options: JobWorkerOptions): JobWorker {
  const { name, backend, concurrency = 1, process, onError, onFailed } = options;
  const closing = new AbortController();
  let worker: BullWorker | undefined;

  const start = (): BullWorker => {
    const { options: connection, factory } = bullConnection(backend, 'consume');
    // BullMQ hands over a signal only to a function that names three parameters without defaults.
    const run = async (
      job: Job<unknown, void>,
      token: string | undefined,
      signal: AbortSignal | undefined,
    ): Promise<void> => {
      const context = { id: job.id ?? '', attempt: job.attemptsMade + 1 };
      try {
        await process(job.data, { ...context, signal: signal ?? new AbortController().signal });
      } catch (error) {
        if (!(error instanceof PostponedJob)) throw error;
        await job.moveToDelayed(Date.now() + error.delayMilliseconds, token);
        // what BullMQ is told by that the job was moved
        throw new DelayedError();
      }
    };
    // BullMQ's own default would sleep 15 s after a lost connection.
    const settings = { ...connection, concurrency, runRetryDelay: RETRY_MILLISECONDS };
    const started: BullWorker = new Worker(name, run, settings, factory);
    started.on('error', onError);
    started.on('failed', (job, error) =>
      onFailed?.(error, { id: job?.id ?? '', attempt: job?.attemptsMade ?? 0 }),
    );
    return started;
  };

  const startWhenReady = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await assertBackendReady(backend);
        if (closing.signal.aborted) return;
        worker = start();
        await worker.waitUntilReady();
        return;
      } catch (error) {
        onError(asError(error));
        await worker?.close(true).catch(() => undefined);
        worker = undefined;
        await delay(RETRY_MILLISECONDS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  };
  const started = startWhenReady();

  return {
    ready: () => started,
    check: async () => {
      await assertBackendReady(backend);
      if (!worker?.isRunning()) throw new Error(`No worker is running on ${name}`);
    },
    close: async () => {
      closing.abort();
      await started;
      await worker?.close(!(await answers(backend)));
    },
    abort: (reason) => worker?.cancelAllJobs(reason),
  };
}
