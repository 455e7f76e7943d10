import { createHash } from 'node:crypto';
import { collectName, type Query } from '../query/query.ts';
import { isNumberValue, type Value } from '../values/value.ts';
import { dateIn, encodeId, type TransformRow } from './row.ts';

/** `_count` is the server's, and a colon cannot stand in a key. */
function outputKey(key: string): string {
  return key === '_count' ? 'count' : key.replaceAll(':', '_');
}

/** The keys of the records that an aggregate makes, besides its times and its id. */
export function aggregateKeys({ groupBy, collect }: Query): string[] {
  return [...groupBy, '_count', ...collect.map(collectName)].map(outputKey);
}

function partOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  // values of groups are those of records
  const key = value as Exclude<Value, Date>;
  return `${isNumberValue(key) ? 'number' : typeof key}:${String(key)}`;
}

const LONGEST_ID = 1_000;

/** Groups may be named by long texts, ids may not be long. */
function shortId(parts: readonly string[]): string {
  if (parts.length === 0) return 'all';
  const id = encodeId(...parts);
  return id.length <= LONGEST_ID ? id : createHash('sha256').update(id).digest('base64url');
}

/**
 * The rows of a query as records: `nn:sum` is `nn_sum`, `_count` is `count`. The id is made from the
 * period and the group, so that computing a row again replaces it.
 */
export function aggregate(rows: readonly TransformRow[], query: Query): TransformRow[] {
  return rows.map((row) => {
    const [start, end] = [dateIn(row, '_start_at'), dateIn(row, '_end_at')];
    const period = start && end ? { _timestamp: start, _start_at: start, _end_at: end } : {};
    const groups = query.groupBy.map((key) => row[key]);
    const id = shortId([start, end, ...groups].filter((part) => part !== undefined).map(partOf));
    const names = [...query.groupBy, '_count', ...query.collect.map(collectName)];
    return {
      _id: id,
      ...period,
      // Not null for what an empty period has none of: sums over the output would refuse it.
      ...Object.fromEntries(
        names.filter((name) => row[name] !== null).map((name) => [outputKey(name), row[name]]),
      ),
    };
  });
}
