import type { LoadProblem } from '@flyloft/common';

/** Stable codes of a failed load: what kind of thing went wrong. */
export type LoadFailureCode =
  | 'descriptor_missing'
  | 'descriptor_invalid'
  | 'resource_missing'
  | 'resource_invalid'
  | 'hash_mismatch'
  | 'address_refused'
  | 'unreachable'
  | 'too_large'
  | 'words_not_allowed'
  | 'data_invalid'
  | 'cancelled';

/** A load that cannot succeed because of what was given: its message is a sentence for the person. */
export class LoadFailure extends Error {
  readonly code: LoadFailureCode;
  /** At most the reporting limit; `total` says how many there are. */
  readonly problems: readonly LoadProblem[];
  readonly total: number;

  constructor(
    code: LoadFailureCode,
    message: string,
    problems: readonly LoadProblem[] = [],
    total = problems.length,
  ) {
    super(message);
    this.name = 'LoadFailure';
    this.code = code;
    this.problems = problems;
    this.total = total;
  }
}
