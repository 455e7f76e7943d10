import { LosslessNumber } from 'lossless-json';
import { readNumber } from '../numbers/number-value.ts';
import { parseJsonExactly } from '../records/parse-json.ts';

/** Parses a jsonb value with its digits: numbers are as in records. */
export function readStoredJson(text: string): unknown {
  return withNumbers(parseJsonExactly(text));
}

function withNumbers(value: unknown): unknown {
  if (value instanceof LosslessNumber) return readNumber(value.value);
  if (Array.isArray(value)) return value.map(withNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withNumbers(member)]));
}
