import { type TransformJob, transformJobId } from '@flyloft/common';
import type { TransformCall } from '@flyloft/data-sets';
import type { JobQueue } from '@flyloft/job-queue';
import type { Logger } from 'pino';

/** Wakes workers for transforms that have something to do. Never throws and never waits. */
export type TransformCaller = (calls: readonly TransformCall[]) => void;

/**
 * What is to be done stands in the database by then: when the queue is away, package-worker finds it
 * there by itself half a minute later.
 */
export function createTransformCaller(
  queue: Pick<JobQueue<TransformJob>, 'add'>,
  logger: Logger,
): TransformCaller {
  return (calls) => {
    for (const { id, version } of calls) {
      const job: TransformJob = { version: 1, transform_id: id, transform_version: version };
      queue.add(transformJobId(job), job).catch((error: unknown) => {
        logger.warn({ err: error, transform: id }, 'transform does not reach the queue; it waits');
      });
    }
  };
}
