/**
 * One thing that is wrong with a package (packages.md A6). `row` counts data rows from 1, `line` is the
 * line in the file; what does not apply is absent.
 */
export interface LoadProblem {
  readonly resource?: string;
  readonly row?: number;
  readonly line?: number;
  readonly column?: string;
  readonly value?: string;
  readonly rule: string;
  readonly message: string;
  readonly suggestion?: string;
}

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
