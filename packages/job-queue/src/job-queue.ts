import { type IQueueBackend, Queue } from 'bullmq';
import { answers, assertBackendReady, bullConnection, type QueueBackend } from './backend.ts';
import { withTimeLimit } from './time-limit.ts';

export interface JobQueueOptions {
  /** No colon in it. */
  readonly name: string;
  readonly backend: QueueBackend;
  /** Lost connections and the like; the queue goes on by itself. */
  readonly onError: (error: Error) => void;
  /** How often a job is tried before it is given up; default 3. */
  readonly attempts?: number;
  /** Wait before the second try, doubled for each later one; default 1,000. */
  readonly retryDelayMilliseconds?: number;
  /** Longest wait for the engine in any call; default 5. */
  readonly timeLimitSeconds?: number;
}

/** The side that makes jobs. */
export interface JobQueue<Data> {
  /** Adding an id that is already there, in whatever state, does nothing. An id holds no colon. */
  add(id: string, data: Data): Promise<void>;
  /** Jobs that no worker has taken yet, waiting for a retry or not. */
  waiting(): Promise<number>;
  /** Resolves when the engine answers. */
  check(): Promise<void>;
  close(): Promise<void>;
}

type BullQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend>;

/** One hour: long enough that a late duplicate finds its twin, short enough that rows do not pile up. */
const KEEP_COMPLETED_SECONDS = 3_600;

export function createJobQueue<Data extends object>(options: JobQueueOptions): JobQueue<Data> {
  const {
    name,
    backend,
    onError,
    attempts = 3,
    retryDelayMilliseconds = 1_000,
    timeLimitSeconds = 5,
  } = options;
  let opened: Promise<BullQueue> | undefined;

  const open = async (): Promise<BullQueue> => {
    await assertBackendReady(backend);
    const { options: connection, factory } = bullConnection(backend, 'produce');
    const jobOptions = {
      attempts,
      backoff: { type: 'exponential', delay: retryDelayMilliseconds },
      removeOnComplete: { age: KEEP_COMPLETED_SECONDS },
      // A job that was given up makes room for a new one of its id.
      removeOnFail: true,
    };
    const queue: BullQueue = new Queue(name, { ...connection, defaultJobOptions: jobOptions }, factory);
    queue.on('error', onError);
    try {
      // On PostgreSQL a queue whose first connection fails never makes another: it is thrown away instead.
      await withTimeLimit(queue.waitUntilReady(), timeLimitSeconds);
    } catch (error) {
      await queue.getBackend().close(true);
      throw error;
    }
    return queue;
  };
  // Opened on first use; a failed opening is tried again by the next use.
  const queue = (): Promise<BullQueue> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const use = <T>(work: (queue: BullQueue) => Promise<T>) =>
    withTimeLimit(
      queue().then((open) => work(open)),
      timeLimitSeconds,
    );

  return {
    add: (id, data) => use(async (open) => void (await open.add(name, data, { jobId: id }))),
    waiting: () => use((open) => open.getJobCountByTypes('waiting', 'prioritized', 'delayed')),
    check: () => use(async (open) => void (await open.getJobCountByTypes('waiting'))),
    close: async () => {
      const open = await opened?.catch(() => undefined);
      if (open === undefined) return;
      if (await answers(backend)) await open.close();
      else await open.getBackend().close(true);
    },
  };
}
