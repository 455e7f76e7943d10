import { renderDate } from '../answers/render-json.ts';
import { isDateKey } from '../records/keys.ts';
import { isServerKey } from '../records/moved-record.ts';
import { parseBatch } from '../records/parse-batch.ts';
import type { MovedRecord } from '../records/record.ts';

/**
 * A document of Backdrop's MongoDB with plain values: null, booleans, texts, numbers (or
 * `LosslessNumber`), dates, ids as texts.
 */
export type BackdropDocument = Readonly<Record<string, unknown>>;

function plain(key: string, value: unknown): unknown {
  if (!(value instanceof Date)) return value;
  if (Number.isNaN(value.getTime())) return 'not a date';
  // A date in a key of the client's own is kept as the text in which Backdrop answered it.
  return isDateKey(key) ? value.toISOString() : renderDate(value);
}

/**
 * The record that a document of Backdrop's is, by the same rules that writing has. Its id, its times and
 * the time of its last save are kept; the period keys are computed anew from `_timestamp`.
 */
export function readBackdropDocument(
  document: BackdropDocument,
  now: Date,
): { readonly record: MovedRecord } | { readonly reason: string } {
  const own = Object.entries(document).filter(
    ([key]) => !isServerKey(key) || key === '_id' || isDateKey(key),
  );
  const raw = Object.fromEntries(own.map(([key, value]) => [key, plain(key, value)]));
  if (!Object.hasOwn(raw, '_id')) return { reason: 'it has no _id' };
  const batch = parseBatch(raw);
  if ('errors' in batch) return { reason: batch.errors.map(({ message }) => message).join('; ') };
  const [record] = batch.records;
  if (record === undefined) return { reason: 'it holds nothing' };
  const { _updated_at: saved } = document;
  const isDate = saved instanceof Date && !Number.isNaN(saved.getTime());
  return { record: { ...record, updatedAt: isDate ? saved : now } };
}
