/** Stable names of what can be wrong with a record. */
type RecordErrorCode =
  | 'not_an_object'
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

const MOST_ERRORS = 100;

/** The answer to a refused batch: the original's `messages`, and where each of them comes from. */
export function refusalOf(errors: readonly RecordError[]): {
  messages: string[];
  errors: RecordError[];
  errors_total: number;
} {
  return {
    // One message may concern several records (missing id fields): it is told once.
    messages: errors
      .filter((error) => error.code !== 'missing_id_fields' || isFirst(error, errors))
      .map((error) => error.message),
    errors: errors.slice(0, MOST_ERRORS),
    errors_total: errors.length,
  };
}

function isFirst(error: RecordError, errors: readonly RecordError[]): boolean {
  return errors.find((other) => other.code === error.code) === error;
}
