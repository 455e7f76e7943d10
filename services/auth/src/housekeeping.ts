import type { AppOptions } from '@flyloft/service-kit';

/** Something to be done again and again while the service runs; may be done by every replica. */
export interface Chore {
  readonly name: string;
  readonly everySeconds: number;
  readonly run: () => Promise<unknown>;
}

/**
 * Does chores until it is stopped, each at its own pace and never twice at once. One that fails is
 * logged and tried again at its next time.
 */
export function startHousekeeping(
  chores: readonly Chore[],
  logger: AppOptions['logger'],
): { stop: () => Promise<void> } {
  let stopped = false;
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const plan = (chore: Chore): void => {
    if (stopped) return;
    // Replicas that were started together do not knock at the database together.
    const milliseconds = chore.everySeconds * 1000 * (0.9 + Math.random() * 0.2);
    timers.set(
      chore.name,
      setTimeout(() => begin(chore), milliseconds),
    );
  };
  const begin = (chore: Chore): void => {
    const work = chore
      .run()
      .then(
        () => undefined,
        (err: unknown) => logger.warn({ err, chore: chore.name }, 'a chore failed and will be tried again'),
      )
      .finally(() => {
        running.delete(work);
        plan(chore);
      });
    running.add(work);
  };
  for (const chore of chores) plan(chore);
  return {
    stop: async () => {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}
