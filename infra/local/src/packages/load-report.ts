import type { LoadProblem } from '@flyloft/common';

/** What a load, or an examination without one, found. The keys are those of `/loads/{id}`. */
export interface LoadReport {
  readonly status: string;
  readonly progress: number;
  readonly rows_total: number | null;
  readonly error: string | null;
  readonly code: string | null;
  readonly errors: readonly LoadProblem[];
  readonly errors_total: number;
  readonly warnings: readonly string[];
}

/** A load as the conductor answers it. */
export interface LoadAnswer extends LoadReport {
  readonly id: string;
  readonly package: string | null;
  readonly unchanged: boolean;
  readonly phases: readonly { readonly status: string; readonly seconds: number | null }[];
}
