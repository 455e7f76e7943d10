import type { Logger } from 'pino';

export interface Chore {
  readonly name: string;
  readonly everySeconds: number;
  readonly run: () => Promise<void>;
}

/** Does chores again and again, each never twice at once. Answers how to stop: it waits for those at work. */
export function startChores(chores: readonly Chore[], logger: Logger): () => Promise<void> {
  let stopped = false;
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  const start = ({ name, everySeconds, run }: Chore) => {
    const round: Promise<void> = run()
      .catch((error: unknown) => logger.warn({ err: error, chore: name }, 'chore failed'))
      .finally(() => {
        running.delete(round);
        if (stopped) return;
        const timer = setTimeout(() => {
          timers.delete(timer);
          start({ name, everySeconds, run });
        }, everySeconds * 1000);
        timers.add(timer);
      });
    running.add(round);
  };
  for (const chore of chores) start(chore);
  return async () => {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
    await Promise.all(running);
  };
}
