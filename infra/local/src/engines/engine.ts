import type { ChildProcess } from 'node:child_process';

/** A database engine that was started here. */
export interface Engine {
  /** Where clients connect. */
  readonly url: string;
  /** Resolves when the process has ended, however it ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Asks the engine to stop and waits until it has. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/** Resolves with the exit of a child process. */
export function endOf(child: ChildProcess): Engine['ended'] {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
