import type { mongo } from 'mongoose';
import type { Filter } from '../query/query.ts';
import type { Selection } from '../store/store.ts';

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function filterMatch(filter: Filter): mongo.Document {
  if (filter.kind === 'equals') return { [filter.key]: { $eq: filter.value } };
  return { [filter.key]: { $type: 'string', $regex: `^${escapeRegex(filter.prefix)}` } };
}

/** The `$match` that selects records. Keys match the grammar of records/keys.ts, values are only operands. */
export function matchOf({ startAt, endAt, inclusive, filters }: Selection): mongo.Document {
  const conditions = filters.map(filterMatch);
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
