import type { LoadProblem } from './load-problem.ts';

/** What a load, or an examination without one, found. The keys are those of `/loads/{id}` (packages.md A6). */
export interface LoadReport {
  /** A load's status; `valid` or `fail` of an examination. */
  readonly status: string;
  readonly progress: number;
  readonly rows_total: number | null;
  readonly error: string | null;
  readonly code: string | null;
  readonly errors: readonly LoadProblem[];
  readonly errors_total: number;
  readonly warnings: readonly string[];
}
