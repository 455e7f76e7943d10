import DataLoader from 'dataloader';

/** More than these wait for the next batch. */
const MOST = 200;

/**
 * Does what is asked for in one turn of the event loop by one piece of work, whose answers stand in the order of what
 * was asked. Nothing is kept.
 */
export function together<Asked, Answer>(
  work: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
): (asked: Asked) => Promise<Answer> {
  const loader = new DataLoader<Asked, Answer>(work, {
    cache: false,
    maxBatchSize: MOST,
    batchScheduleFn: (run) => void setImmediate(run),
  });
  return (asked) => loader.load(asked);
}
