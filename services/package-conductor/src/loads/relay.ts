import { type LoadJob, loadJobId, type NoticeJob, noticeJobId } from '@flyloft/common';
import type { JobQueue } from '@flyloft/job-queue';
import type { Load, Notice, Registry } from '@flyloft/registry';
import type { Logger } from 'pino';

export interface RelayOptions {
  readonly registry: Pick<
    Registry,
    'loadsToEnqueue' | 'markEnqueued' | 'reapLostLoads' | 'noticesToSend' | 'forgetNotice'
  >;
  readonly queue: Pick<JobQueue<LoadJob>, 'add'>;
  readonly noticeQueue: Pick<JobQueue<NoticeJob>, 'add'>;
  readonly logger: Logger;
  /** Between looks at the outbox when nobody kicks; default 1. */
  readonly intervalSeconds?: number;
}

/**
 * The outbox's other half: gives every queued row its job, hands on what people are to be told, and takes loads back from workers that
 * were lost. The row is the truth: while the queue is away rows wait, and a job that is made twice is
 * one, because its id is the row's. Every replica of the conductor may run one.
 */
export interface Relay {
  /** There is a new row: look now. Never throws. */
  kick(): void;
  stop(): Promise<void>;
}

function jobOf({ id, attempt }: Load): LoadJob {
  return { version: 1, load_id: id, after_attempt: attempt };
}

function noticeOf({ id, kind, userid, packageId, subjectId, detail }: Notice): NoticeJob {
  const about = { package_id: packageId, subject_id: subjectId, detail };
  return { version: 1, notice_id: id, kind, userid, ...about };
}

export function startRelay(options: RelayOptions): Relay {
  const { registry, queue, noticeQueue, logger, intervalSeconds = 1 } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let failing = false;

  const pass = async (): Promise<void> => {
    const { requeued, failed } = await registry.reapLostLoads();
    for (const { id, attempt } of requeued)
      logger.warn({ load: id, attempt }, 'worker lost, load queued again');
    for (const { id, attempt } of failed) logger.error({ load: id, attempt }, 'worker lost, load failed');
    for (const load of await registry.loadsToEnqueue()) {
      const job = jobOf(load);
      await queue.add(loadJobId(job), job);
      await registry.markEnqueued(load.id);
    }
    for (const notice of await registry.noticesToSend()) {
      const job = noticeOf(notice);
      await noticeQueue.add(noticeJobId(job), job);
      // Cut off in between, the notice goes again, by the same id.
      await registry.forgetNotice(notice.id);
    }
  };

  const run = async (): Promise<void> => {
    do {
      again = false;
      try {
        await pass();
        if (failing) logger.info('loads reach the queue again');
        failing = false;
      } catch (err) {
        // Once for each outage: the rows wait, and the next look tries again.
        if (!failing) logger.error({ err }, 'loads do not reach the queue; they wait in the registry');
        failing = true;
      }
    } while (again && !stopped && !failing);
  };

  const kick = (): void => {
    if (stopped) return;
    again = true;
    clearTimeout(timer);
    running ??= run().finally(() => {
      running = undefined;
      if (!stopped) timer = setTimeout(kick, intervalSeconds * 1000);
    });
  };

  kick();
  return {
    kick,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
