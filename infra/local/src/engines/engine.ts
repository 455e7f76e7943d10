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

/** A child process that is an engine, watched over from its start. */
export interface Supervised extends Pick<Engine, 'ended' | 'stop'> {
  /** Its last words once it has ended; undefined while it runs. */
  readonly failure: () => string | undefined;
}

const LAST_WORDS_CHARACTERS = 4_000;

/** Keeps the end of what an engine says, and knows how to stop it: by the signal that ends it in good order. */
export function supervise(child: ChildProcess, stopSignal: NodeJS.Signals): Supervised {
  endTogether(child, stopSignal);
  const ended = endOf(child);
  let lastWords = '';
  let hasEnded = false;
  const keep = (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-LAST_WORDS_CHARACTERS);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  void ended.then(() => {
    hasEnded = true;
  });
  return {
    ended,
    failure: () => (hasEnded ? lastWords.trim() : undefined),
    stop: async () => {
      if (!hasEnded) child.kill(stopSignal);
      await ended;
    },
  };
}
