import { mongo } from 'mongoose';
import { numberText, readNumber } from '../numbers/number-value.ts';
import { periodKeys } from '../periods/period.ts';
import type { DataRecord, RecordValue, StoredRecord } from '../records/record.ts';
import { storedBytes } from '../records/stored-bytes.ts';
import { isNumberValue, type Value } from '../values/value.ts';

const { Decimal128, Long } = mongo;

/** Names the upload in parts that wrote a record (large-upload.ts). Nobody can send it or is shown it, and it is no text that a filter could meet. */
export const MARK = '_upload';

/**
 * A record as MongoDB keeps it: its keys beside the server's, `_arrival` for the order of arrival, `_bytes`
 * for its size in a capped data set. Numbers
 * are integers or decimals, never doubles, so that sums have all their digits.
 */
export type RecordDocument = { readonly _id: string; readonly _arrival: mongo.Long } & Record<
  string,
  unknown
>;

const LARGEST_INT32 = 2 ** 31 - 1;

/** A value of a record as documents hold it. */
export function toBson(value: RecordValue): unknown {
  if (!isNumberValue(value)) return value;
  if (typeof value !== 'number' || !Number.isInteger(value)) return Decimal128.fromString(numberText(value));
  return Math.abs(value) <= LARGEST_INT32 ? value : Long.fromNumber(value);
}

/** A value that an aggregation or a document holds. */
export function fromBson(value: unknown): Value {
  if (value instanceof Decimal128) return readNumber(value.toString());
  if (value instanceof Long) return value.toNumber();
  // Documents hold nothing but what toBson wrote, and dates.
  return value as Value;
}

let lastArrival = 0;

/** Rises with every record: milliseconds since 1970 × 1,024, so that processes agree but for the moment. */
function nextArrival(): mongo.Long {
  lastArrival = Math.max(lastArrival + 1, Date.now() * 1_024);
  return Long.fromNumber(lastArrival);
}

export function toDocument(record: DataRecord, now: Date, isCapped: boolean): RecordDocument {
  const { id, timestamp, startAt, endAt, updatedAt = now, values } = record;
  return {
    _id: id,
    _arrival: nextArrival(),
    _updated_at: updatedAt,
    ...(isCapped && { _bytes: storedBytes(record, updatedAt) }),
    ...(timestamp && { _timestamp: timestamp, ...periodKeys(timestamp) }),
    ...(startAt && { _start_at: startAt }),
    ...(endAt && { _end_at: endAt }),
    ...Object.fromEntries([...values].map(([key, value]) => [key, toBson(value)])),
  };
}

export function fromDocument(document: Readonly<Record<string, unknown>>): StoredRecord {
  const record: Record<string, Value> = {};
  // Keys of records are none that an object has by itself (records/keys.ts).
  for (const key in document) {
    if (key !== '_arrival' && key !== '_bytes' && key !== MARK) record[key] = fromBson(document[key]);
  }
  return record;
}

/** The timestamps of those documents that have one. */
export function timestampsOf(documents: readonly Readonly<Record<string, unknown>>[]): Date[] {
  return documents.map(({ _timestamp }) => _timestamp).filter((value) => value instanceof Date);
}
