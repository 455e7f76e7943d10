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
