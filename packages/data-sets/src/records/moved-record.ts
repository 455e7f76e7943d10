import { PERIODS, periodKey } from '../periods/period.ts';
import type { Value } from '../values/value.ts';
import type { MovedRecord, RecordValue, StoredRecord } from './record.ts';

/** Keys that are no client's: fields of a record, or made anew wherever it is stored. */
const SERVER_KEYS = new Set([
  '_id',
  '_timestamp',
  '_start_at',
  '_end_at',
  '_updated_at',
  ...PERIODS.map(periodKey),
]);

/** The keys of a record that its store adds by itself, which an import may leave out. */
export function isServerKey(key: string): boolean {
  return SERVER_KEYS.has(key);
}

function dateOf(value: Value | undefined): Date | undefined {
  return value instanceof Date ? value : undefined;
}

/** A stored record in the form in which another store takes it. */
export function toMovedRecord(stored: StoredRecord): MovedRecord {
  const timestamp = dateOf(stored._timestamp);
  const startAt = dateOf(stored._start_at);
  const endAt = dateOf(stored._end_at);
  const own = Object.entries(stored).filter(
    // dates stand only in the server's keys
    (entry): entry is [string, RecordValue] => !SERVER_KEYS.has(entry[0]) && !(entry[1] instanceof Date),
  );
  return {
    id: String(stored._id),
    ...(timestamp && { timestamp }),
    ...(startAt && { startAt }),
    ...(endAt && { endAt }),
    updatedAt: dateOf(stored._updated_at) ?? new Date(0),
    values: new Map(own),
  };
}
