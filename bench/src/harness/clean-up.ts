import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const pending = new Set<() => Promise<void>>();

/** Something that must happen when a benchmark is done: when the answer is called, or when the run is interrupted. */
export function whenDone(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  const once = () => {
    done ??= work().finally(() => pending.delete(once));
    return done;
  };
  pending.add(once);
  return once;
}

/** Ends a process when the benchmark is done; the answer does it sooner, and waits for its end. */
export function endWhenDone(child: ChildProcess): () => Promise<void> {
  return whenDone(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  });
}

/** Everything that is still to be done, the newest first. */
export async function cleanUp(): Promise<void> {
  for (const work of [...pending].reverse()) await work().catch(() => undefined);
}
