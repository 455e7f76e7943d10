import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { repositoryRoot } from '../platform/repository-root.ts';

/** A database engine that was started here. */
export interface Engine {
  /** Where clients connect. */
  readonly url: string;
  /** Resolves when the process has ended, however it ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Asks the engine to stop and waits until it has. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

let guardian: ChildProcess | undefined;

/** One process that outlives this one, in a process group of its own, and keeps nothing waiting. */
function startGuardian(): ChildProcess {
  const program = join(repositoryRoot, 'infra/local/dist/engines/guardian.js');
  const child = spawn(process.execPath, [program], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  // A guardian that somebody killed guards no more; what it guards runs on.
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}

/** Ends a child by this signal when our process ends in a way that nobody foresaw, be it by SIGKILL. */
export function endTogether(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  guardian ??= startGuardian();
  const { stdin } = guardian;
  stdin?.write(`+${child.pid} ${signal}\n`);
  child.once('exit', () => stdin?.write(`-${child.pid}\n`));
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
