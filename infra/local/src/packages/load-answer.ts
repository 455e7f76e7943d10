import type { LoadReport } from '@flyloft/common';

/** A load as the conductor answers it, the part that is shown. */
export interface LoadAnswer extends LoadReport {
  readonly id: string;
  readonly package: string | null;
  readonly unchanged: boolean;
  readonly phases: readonly { readonly status: string; readonly seconds: number | null }[];
}
