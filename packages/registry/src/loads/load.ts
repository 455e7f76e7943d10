import type { LoadProblem, LoadStatus } from '@flyloft/common';

/** When a load entered a status. How long it stayed follows from the next one. */
export interface LoadPhase {
  readonly status: LoadStatus;
  readonly startedAt: Date;
}

/** One load of one package: a durable row, whatever happens to its job (packages.md A2). */
export interface Load {
  readonly id: string;
  /** Address of the descriptor, normalised; `datapackage` is what the client sent. */
  readonly address: string;
  readonly datapackage: string;
  /** The userid whose package it becomes. */
  readonly requestedBy: string;
  /** `<owner>:<name>`; undefined until the descriptor was read. */
  readonly packageId: string | undefined;
  /** Load it although nothing has changed. */
  readonly force: boolean;
  /** What was wished when it was asked for; only a first load honours it. */
  readonly private: boolean | undefined;
  readonly status: LoadStatus;
  /** Rows so far; the exact total when done. */
  readonly rows: number;
  readonly rowsTotal: number | undefined;
  readonly bytes: number | undefined;
  readonly phases: readonly LoadPhase[];
  readonly error: string | undefined;
  readonly code: string | undefined;
  /** The first 100 problems; `problemsTotal` counts them all. */
  readonly problems: readonly LoadProblem[];
  readonly problemsTotal: number;
  readonly warnings: readonly string[];
  /** How many times a worker began it; 0 while it waits for the first. */
  readonly attempt: number;
  /** Done without work, because nothing had changed. */
  readonly unchanged: boolean;
  readonly createdAt: Date;
  readonly enqueuedAt: Date | undefined;
  readonly startedAt: Date | undefined;
  readonly heartbeatAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** When the package that this load had published was deleted. */
  readonly packageDeletedAt: Date | undefined;
}

/** The right to write to a load. A later attempt ends it: every write with it then throws `StaleAttemptError`. */
export interface LoadAttempt {
  readonly loadId: string;
  readonly attempt: number;
}

/** Workers beat every second: an attempt without a beat for this long counts as dead. */
export const LOST_AFTER_SECONDS = 15;
export const MAX_ATTEMPTS = 3;

const PROBLEMS_IN_ROW = 100;
/** As many problems as the full report of a load holds (packages.md A6). */
export const MAX_PROBLEMS = 10_000;

/** The problems that a row keeps: enough to see what is wrong, few enough to send with every answer. */
export function problemsInRow(problems: readonly LoadProblem[] = []): LoadProblem[] {
  return problems.slice(0, PROBLEMS_IN_ROW);
}

/** What a load that was cancelled is told apart by: its status is `fail`, as old clients know it (packages.md A6). */
export const CANCELLED = 'cancelled';

export function isCancelled({ status, code }: Pick<Load, 'status' | 'code'>): boolean {
  return status === 'fail' && code === CANCELLED;
}
