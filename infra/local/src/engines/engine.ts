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

/**
 * Ends a child when this process ends in a way that nobody foresaw: a detached child would live on.
 * (A SIGKILL of this process cannot be noticed.)
 */
export function endTogether(child: ChildProcess, signal: NodeJS.Signals): void {
  const end = () => void child.kill(signal);
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
}

/** Resolves with the exit of a child process. */
export function endOf(child: ChildProcess): Engine['ended'] {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
