import { renderDate } from '../answers/render-json.ts';
import type { RecordSchema } from '../schemas/compile-schema.ts';
import type { RecordChange } from '../store/store.ts';
import { MOST_BYTES } from './check-record.ts';
import { parseBatch } from './parse-batch.ts';
import type { DataRecord, RecordValue } from './record.ts';
import { type RecordError, RecordRefusal } from './record-errors.ts';
import { storedBytes } from './stored-bytes.ts';

export interface PatchTarget {
  readonly id: string;
  readonly schema?: RecordSchema | undefined;
}

/** A record as a client would send it whole, which is what a schema describes. */
function asSent({ id, timestamp, startAt, endAt, values }: DataRecord): Record<string, unknown> {
  const plain = (value: RecordValue) =>
    typeof value === 'object' && value !== null ? value.toNumber() : value;
  return {
    _id: id,
    ...(timestamp && { _timestamp: renderDate(timestamp) }),
    ...(startAt && { _start_at: renderDate(startAt) }),
    ...(endAt && { _end_at: renderDate(endAt) }),
    ...Object.fromEntries([...values].map(([key, value]) => [key, plain(value)])),
  };
}

function merge(current: DataRecord, { id: _id, values, ...dates }: DataRecord): DataRecord {
  return { ...current, ...dates, values: new Map([...current.values, ...values]) };
}

function checkMerged(merged: DataRecord, schema: RecordSchema | undefined): void {
  if (storedBytes(merged, new Date()) > MOST_BYTES) {
    const message = 'The record would be too large';
    throw new RecordRefusal([{ record: 0, key: null, code: 'invalid_value', message }]);
  }
  const failures = schema?.(asSent(merged)) ?? [];
  if (failures.length === 0) return;
  throw new RecordRefusal(
    failures.map((failure): RecordError => ({ record: 0, code: 'schema', ...failure })),
  );
}

/**
 * Reads the body of a PATCH: keys and values by the same rules as those of a new record. What it is to
 * be merged into is checked as a whole, by the data set's schema, when the change is applied: the change
 * throws `RecordRefusal`.
 */
export function parsePatch(
  body: unknown,
  { id, schema }: PatchTarget,
): { change: RecordChange } | { errors: readonly RecordError[] } {
  if (Array.isArray(body)) {
    const message = 'Each record must be a JSON object';
    return { errors: [{ record: 0, key: null, code: 'not_an_object', message }] };
  }
  const batch = parseBatch(body);
  if ('errors' in batch) return batch;
  const [patch] = batch.records;
  if (patch === undefined) return { change: (current) => current };
  const sentId: unknown = Object(body)._id;
  if (sentId !== undefined && sentId !== id) {
    const message = `_id "${String(sentId)}" is not the id of this record`;
    return { errors: [{ record: 0, key: '_id', code: 'invalid_id', message }] };
  }
  return {
    change: (current) => {
      const merged = merge(current, patch);
      checkMerged(merged, schema);
      return merged;
    },
  };
}
