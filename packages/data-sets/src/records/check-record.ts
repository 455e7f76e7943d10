import { Big } from 'big.js';
import { LosslessNumber } from 'lossless-json';
import { LARGEST_NUMBER, readNumber } from '../numbers/number-value.ts';
import { isAcceptedInternalKey, isDateKey, isInternalKey, isValidKey } from './keys.ts';
import type { RecordDates } from './parse-batch.ts';
import type { RecordValue } from './record.ts';
import type { RecordError } from './record-errors.ts';

type Failure = Omit<RecordError, 'record'>;

/** A PostgreSQL index entry holds 2,704 bytes; the limit is the same on MongoDB. */
const LONGEST_ID_BYTES = 2_000;

/** A MongoDB document holds 16 MiB; what is not text takes a few bytes beside each key. */
export const MOST_BYTES = 14 * 1024 * 1024;
const BYTES_BESIDE_KEY = 24;

/** False for what PostgreSQL (NUL) or UTF-8 (half a surrogate pair) cannot hold. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** A client's value as it is stored; undefined when it is not one that records may have. */
function readValue(value: unknown): RecordValue | undefined {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return isStorableText(value) ? value : undefined;
  const number = value instanceof LosslessNumber ? readNumber(value.value) : value;
  if (typeof number === 'number') {
    if (!(Math.abs(number) <= LARGEST_NUMBER)) return undefined;
    return number === 0 ? 0 : number;
  }
  return number instanceof Big && number.abs().lte(LARGEST_NUMBER) ? number : undefined;
}

function idFailure(value: unknown): Failure | undefined {
  const valid =
    typeof value === 'string' &&
    value !== '' &&
    !/\s/.test(value) &&
    isStorableText(value) &&
    Buffer.byteLength(value) <= LONGEST_ID_BYTES;
  if (valid) return undefined;
  const shown = value === null ? 'None' : value instanceof LosslessNumber ? value.value : String(value);
  return { key: '_id', code: 'invalid_id', message: `_id "${shown}" is not a valid id` };
}

function keyFailure(key: string): Failure | undefined {
  if (!isValidKey(key)) return { key, code: 'invalid_key', message: `${key} is not a valid key` };
  if (!isInternalKey(key) || isAcceptedInternalKey(key)) return undefined;
  return { key, code: 'unrecognised_internal_field', message: `${key} is not a recognised internal field` };
}

/**
 * The key and value rules of data-sets.md 3.2; at most one failure a record, that of its first offending key.
 * Keys that were found valid are remembered in `validKeys`: the records of a batch have the same ones.
 */
export function checkRecord(
  raw: Readonly<Record<string, unknown>>,
  dates: RecordDates,
  validKeys: Set<string>,
): { values: Map<string, RecordValue> } | { error: Failure } {
  const values = new Map<string, RecordValue>();
  let bytes = 0;
  for (const key of Object.keys(raw)) {
    if (!validKeys.has(key)) {
      const failure = keyFailure(key);
      if (failure) return { error: failure };
      validKeys.add(key);
    }
    if (key === '_id') {
      const failure = idFailure(raw[key]);
      if (failure) return { error: failure };
      continue;
    }
    if (isDateKey(key)) {
      if (dates[key]) continue;
      return { error: { key, code: 'invalid_date', message: `${key} is not a valid datetime object` } };
    }
    const value = readValue(raw[key]);
    bytes += key.length + BYTES_BESIDE_KEY + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
    if (value === undefined || bytes > MOST_BYTES) {
      return { error: { key, code: 'invalid_value', message: `${key} has an invalid value` } };
    }
    values.set(key, value);
  }
  return { values };
}
