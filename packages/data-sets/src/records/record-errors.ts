/** Stable names of what can be wrong with a record. */
type RecordErrorCode =
  | 'not_an_object'
  | 'schema'
  | 'not_utf8'
  | 'not_json'
  | 'ragged_row'
  | 'unreadable_file'
  | 'missing_id_fields'
  | 'invalid_date'
  | 'invalid_key'
  | 'unrecognised_internal_field'
  | 'invalid_value'
  | 'invalid_id';

/** Which record of a batch (counted from 0), which key, why (data-sets.md A8.11). */
export interface RecordError {
  readonly record: number;
  readonly key: string | null;
  readonly code: RecordErrorCode;
  readonly message: string;
}

/** Refuses what is found to be wrong only while it is being written. */
export class RecordRefusal extends Error {
  readonly errors: readonly RecordError[];

  constructor(errors: readonly RecordError[]) {
    super('A record is not valid');
    this.name = 'RecordRefusal';
    this.errors = errors;
  }
}

const MOST_ERRORS = 100;

export interface RefusalOptions {
  /** How many errors there were, where not all of them were kept. */
  readonly total?: number;
  /** A table's errors name rows. */
  readonly unit?: 'record' | 'row';
}

/** The answer to a refused batch: the original's `messages`, and where each of them comes from. */
export function refusalOf(
  errors: readonly RecordError[],
  { total = errors.length, unit = 'record' }: RefusalOptions = {},
) {
  return {
    // One message may concern several records (missing id fields): it is told once.
    messages: errors
      .filter((error) => error.code !== 'missing_id_fields' || isFirst(error, errors))
      .map((error) => error.message),
    errors: errors.slice(0, MOST_ERRORS).map(({ record, ...error }) => ({ [unit]: record, ...error })),
    errors_total: total,
  };
}

function isFirst(error: RecordError, errors: readonly RecordError[]): boolean {
  return errors.find((other) => other.code === error.code) === error;
}
