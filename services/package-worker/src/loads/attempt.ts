import { type LoadAttempt, type LoadProgress, type Registry, StaleAttemptError } from '@flyloft/registry';
import type { Logger } from 'pino';

/** One attempt while it is alive: says so every few seconds, and is over as soon as another has begun. */
export interface LiveAttempt {
  readonly id: LoadAttempt;
  /** Aborted when the attempt was overtaken, or the worker has to stop. */
  readonly signal: AbortSignal;
  /** Goes to a status; waits until it is stored. @throws {StaleAttemptError} */
  enter(status: LoadProgress['status'], progress?: Omit<LoadProgress, 'status'>): Promise<void>;
  /** What the person should know although it stops nothing; stored when the load ends, well or not. */
  warn(warnings: readonly string[]): void;
  readonly warnings: readonly string[];
  /** Stores the rows so far of `loading-data`, the newest wins; never makes the caller wait. */
  report(rows: number): void;
  /** Waits for the last report. @throws what storing one threw. */
  settle(): Promise<void>;
  end(): void;
}

export interface LiveAttemptOptions {
  readonly registry: Registry;
  readonly id: LoadAttempt;
  readonly stop: AbortSignal;
  readonly logger: Logger;
  readonly heartbeatSeconds?: number;
}

/**
 * More often than the registry needs to know that an attempt is alive: a beat is also how a worker hears
 * that the load was cancelled.
 */
const BEAT_SECONDS = 1;

export function keepAlive(options: LiveAttemptOptions): LiveAttempt {
  const { registry, id, stop, logger, heartbeatSeconds = BEAT_SECONDS } = options;
  const overtaken = new AbortController();
  const signal = AbortSignal.any([stop, overtaken.signal]);
  const warnings: string[] = [];
  let latest: number | undefined;
  let writing: Promise<void> | undefined;
  let failure: unknown;

  const beat = async () => {
    try {
      await registry.heartbeat(id);
    } catch (error) {
      // A database that is away for a moment is no reason to give up: others find out when we are lost.
      if (error instanceof StaleAttemptError) overtaken.abort(error);
      else logger.warn({ err: error, load: id.loadId }, 'heartbeat failed');
    }
  };
  const timer = setInterval(beat, heartbeatSeconds * 1000);

  const write = async () => {
    while (latest !== undefined) {
      const rows = latest;
      latest = undefined;
      await registry.advance(id, { status: 'loading-data', rows });
    }
  };
  const settle = async () => {
    await writing;
    if (failure !== undefined) throw failure;
  };
  return {
    id,
    signal,
    warnings,
    warn: (more) => void warnings.push(...more),
    enter: async (status, progress = {}) => {
      await settle();
      signal.throwIfAborted();
      await registry.advance(id, { status, ...progress });
    },
    report: (rows) => {
      latest = rows;
      writing ??= write()
        .catch((error: unknown) => {
          failure = error;
          if (error instanceof StaleAttemptError) overtaken.abort(error);
        })
        .finally(() => {
          writing = undefined;
        });
    },
    settle,
    end: () => clearInterval(timer),
  };
}
