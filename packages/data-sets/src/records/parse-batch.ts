import { randomUUID } from 'node:crypto';
import type { RecordSchema } from '../schemas/compile-schema.ts';
import { autoId } from './auto-ids.ts';
import { checkRecord } from './check-record.ts';
import { DATE_KEYS, type DateKey } from './keys.ts';
import type { DataRecord } from './record.ts';
import type { RecordError } from './record-errors.ts';
import { parseRecordDate } from './timestamps.ts';

export type BatchResult =
  | { readonly records: readonly DataRecord[] }
  | { readonly errors: readonly RecordError[] };

type RawRecord = Record<string, unknown>;

/** Dates of a record that could be read; the others are left out. */
export type RecordDates = Partial<Record<DateKey, Date>>;

function asObjects(body: unknown, errors: RecordError[]): RawRecord[] {
  const items: unknown[] = Array.isArray(body) ? body : [body];
  return items.map((item, record) => {
    if (typeof item === 'object' && item !== null && !Array.isArray(item) && !('isLosslessNumber' in item)) {
      // narrowed to a JSON object above
      return item as RawRecord;
    }
    errors.push({ record, key: null, code: 'not_an_object', message: 'Each record must be a JSON object' });
    return {};
  });
}

function withAutoIds(
  records: readonly RawRecord[],
  fields: readonly string[],
  errors: RecordError[],
): RawRecord[] {
  const missing = fields.filter((field) => records.some((record) => !Object.hasOwn(record, field)));
  const message = `The following required id fields are missing: ${missing.join(', ')}`;
  return records.map((raw, record) => {
    const id = autoId(fields, raw);
    if (id !== undefined) return { ...raw, _id: id };
    errors.push({ record, key: missing[0] ?? null, code: 'missing_id_fields', message });
    return raw;
  });
}

function readDates(raw: RawRecord, record: number, errors: RecordError[]): RecordDates {
  const dates: RecordDates = {};
  let failure: RecordError | undefined;
  for (const key of DATE_KEYS) {
    if (!Object.hasOwn(raw, key)) continue;
    const value = raw[key];
    const date = typeof value === 'string' ? parseRecordDate(value) : 'not a date';
    if (date instanceof Date) {
      dates[key] = date;
      continue;
    }
    const named = key === '_timestamp' ? 'the _timestamp' : key;
    const message =
      date === 'impossible'
        ? `${String(value)} in the ${key} field is not a valid date`
        : `${named} must be a date in the format yyyy-MM-ddT00:00:00Z`;
    // Only the last failing one of the three is told (data-sets.md 3.3).
    failure = { record, key, code: 'invalid_date', message };
  }
  if (failure) errors.push(failure);
  return dates;
}

/** Without spreading: it is done for every record of a batch. */
function toRecord(id: string, dates: RecordDates, values: DataRecord['values']): DataRecord {
  const record: { -readonly [Key in keyof DataRecord]: DataRecord[Key] } = { id, values };
  if (dates._timestamp) record.timestamp = dates._timestamp;
  if (dates._start_at) record.startAt = dates._start_at;
  if (dates._end_at) record.endAt = dates._end_at;
  return record;
}

export interface BatchOptions {
  readonly autoIds?: readonly string[] | null;
  /** Records are checked by it as they were sent, before anything else. */
  readonly schema?: RecordSchema | undefined;
  /** The id of a record that has none, by its index; default a random one. */
  readonly idOf?: ((record: number) => string) | undefined;
}

/**
 * Applies the record rules of data-sets.md B3 to a parsed body, an object or a list of them. Any error
 * refuses the whole batch; errors come in the order of the stages: objects, schema, ids, dates, keys and values.
 */
export function parseBatch(body: unknown, options: BatchOptions = {}): BatchResult {
  const errors: RecordError[] = [];
  const objects = asObjects(body, errors);
  if (errors.length > 0) return { errors };
  if (options.schema !== undefined) {
    for (const [record, raw] of objects.entries()) {
      for (const failure of options.schema(raw)) errors.push({ record, code: 'schema', ...failure });
    }
  }
  const fields = options.autoIds ?? [];
  const identified = fields.length === 0 ? objects : withAutoIds(objects, fields, errors);
  const dates = identified.map((raw, record) => readDates(raw, record, errors));
  const validKeys = new Set<string>();
  const records = identified.map((raw, record): DataRecord => {
    const own = dates[record] ?? {};
    const checked = checkRecord(raw, own, validKeys);
    if ('error' in checked) errors.push({ record, ...checked.error });
    // JSON text, so a string once `checkRecord` let it pass
    const id = typeof raw._id === 'string' ? raw._id : (options.idOf?.(record) ?? randomUUID());
    return toRecord(id, own, 'values' in checked ? checked.values : new Map());
  });
  return errors.length > 0 ? { errors } : { records };
}
