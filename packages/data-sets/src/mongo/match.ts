import type { mongo } from 'mongoose';
import type { NumberValue } from '../numbers/number-value.ts';
import type { Filter, RangeEnds } from '../query/query.ts';
import type { Selection } from '../store/store.ts';
import { toBson } from './documents.ts';

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** MongoDB compares with values of the operand's type alone: numbers with numbers, text with text. */
function rangeMatch(ends: RangeEnds): mongo.Document {
  const bound = (end: NumberValue | Date | string | undefined, operator: '$gte' | '$lte') =>
    end === undefined ? {} : { [operator]: end instanceof Date ? end : toBson(end) };
  return { ...bound(ends.low, '$gte'), ...bound(ends.high, '$lte') };
}

function filterMatch(filter: Filter): mongo.Document {
  if (filter.kind === 'equals') return { [filter.key]: { $eq: filter.value } };
  // Also true of documents without the key.
  if (filter.kind === 'not') return { [filter.key]: { $ne: filter.value } };
  if (filter.kind === 'range') return { [filter.key]: rangeMatch(filter.ends) };
  return { [filter.key]: { $type: 'string', $regex: `^${escapeRegex(filter.prefix)}` } };
}

/** The `$match` that selects records. Keys match the grammar of records/keys.ts, values are only operands. */
export function matchOf({ startAt, endAt, inclusive, undated, filters }: Selection): mongo.Document {
  const conditions = filters.map(filterMatch);
  // Also true of documents without the key.
  if (undated) conditions.push({ _timestamp: null });
  if (startAt) conditions.push({ _timestamp: { $gte: startAt } });
  if (endAt) conditions.push({ _timestamp: { [inclusive ? '$lte' : '$lt']: endAt } });
  return conditions.length === 0 ? {} : { $and: conditions };
}

/** The value of a key where it is a number, or a boolean as 0 or 1; else null. */
export function numberExpression(key: string): mongo.Document {
  const field = `$${key}`;
  const asBoolean = { $cond: [{ $eq: [{ $type: field }, 'bool'] }, { $cond: [field, 1, 0] }, null] };
  return { $cond: [{ $isNumber: field }, field, asBoolean] };
}
