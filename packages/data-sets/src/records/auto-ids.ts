import { LosslessNumber } from 'lossless-json';

/** The text that Python prints for a number literal: integers as they are, fractions with a point. */
function numberAsText(literal: string): string {
  if (/^-?\d+$/.test(literal)) return literal;
  const value = Number(literal);
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}

function fieldAsText(value: unknown): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value instanceof LosslessNumber) return numberAsText(value.value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * The id of a record in a data set with `auto_ids` (data-sets.md 3.4): standard base64 of the named
 * fields' submitted text joined by points. Undefined when a field is missing.
 */
export function autoId(
  fields: readonly string[],
  record: Readonly<Record<string, unknown>>,
): string | undefined {
  if (fields.some((field) => !Object.hasOwn(record, field))) return undefined;
  return Buffer.from(fields.map((field) => fieldAsText(record[field])).join('.')).toString('base64');
}
