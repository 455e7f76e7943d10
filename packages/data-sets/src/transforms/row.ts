import { renderDate } from '../answers/render-json.ts';
import type { NumberValue } from '../numbers/number-value.ts';
import { isNumberValue } from '../values/value.ts';

/** A row of an answer, from which a transform computes, or one that it makes. */
export type TransformRow = Readonly<Record<string, unknown>>;

/** URL-safe base64 of parts joined with `_` (data-sets.md 6), padded as the original's. */
export function encodeId(...parts: readonly string[]): string {
  const text = Buffer.from(parts.join('_')).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', '_');
}

/** The id of a period's row, of its bounds as answers tell them: imported output is replaced, not doubled. */
export function periodId(start: Date, end: Date): string {
  return encodeId(renderDate(start), renderDate(end));
}

/** A number of a row; undefined when the key is missing, null or something else. */
export function numberIn(row: TransformRow, key: string): NumberValue | undefined {
  const value = Object.hasOwn(row, key) ? row[key] : undefined;
  return isNumberValue(value) ? value : undefined;
}

export function dateIn(row: TransformRow, key: string): Date | undefined {
  const value = row[key];
  return value instanceof Date ? value : undefined;
}

/** When a row happened: its `_timestamp`, or the start of its period. */
export function momentOf(row: TransformRow): Date | undefined {
  return dateIn(row, '_timestamp') ?? dateIn(row, '_start_at');
}
