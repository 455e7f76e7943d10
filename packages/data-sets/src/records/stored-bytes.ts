import { renderDate } from '../answers/render-json.ts';
import { numberText } from '../numbers/number-value.ts';
import { periodKeys } from '../periods/period.ts';
import { isNumberValue, type Value } from '../values/value.ts';
import type { DataRecord } from './record.ts';

function bytesOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(JSON.stringify(value));
  if (value instanceof Date) return renderDate(value).length + 2;
  return (isNumberValue(value) ? numberText(value) : String(value)).length;
}

/** The UTF-8 bytes of a stored record as JSON without blanks, server keys included (data-sets.md A8.18). */
export function storedBytes({ id, timestamp, startAt, endAt, values }: DataRecord, updatedAt: Date): number {
  const entries: [string, Value | undefined][] = [
    ['_id', id],
    ['_updated_at', updatedAt],
    ['_timestamp', timestamp],
    ...Object.entries(timestamp === undefined ? {} : periodKeys(timestamp)),
    ['_start_at', startAt],
    ['_end_at', endAt],
    ...values,
  ];
  // Beside each key its quotes, a colon and a comma; the braces take the place of the last comma and one more.
  return entries.reduce(
    (sum, [key, value]) => (value === undefined ? sum : sum + key.length + 4 + bytesOf(value)),
    1,
  );
}
