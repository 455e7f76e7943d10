import { numberText } from '../numbers/number-value.ts';
import type { Filter, RangeEnds } from '../query/query.ts';
import type { Selection } from '../store/store.ts';
import { dateSql, keySql } from './expressions.ts';
import type { Layout } from './layout.ts';
import type { SqlParameters } from './parameters.ts';

/** The conditions of both ends; one of them at least is there. */
function between<T>(
  subject: string,
  { low, high }: { readonly low?: T; readonly high?: T },
  add: (end: T) => string,
): string {
  const conditions = [
    ...(low === undefined ? [] : [`${subject} >= ${add(low)}`]),
    ...(high === undefined ? [] : [`${subject} <= ${add(high)}`]),
  ];
  return `(${conditions.join(' AND ')})`;
}

function rangeSql(key: string, ends: RangeEnds, layout: Layout, parameters: SqlParameters): string {
  if (ends.of === 'dates') {
    const subject = dateSql(key) ?? 'NULL::timestamptz';
    return between(subject, ends, (end) => parameters.add(end.toISOString(), 'timestamptz'));
  }
  const { numberOnly, text } = keySql(layout, key);
  if (ends.of === 'numbers') {
    return between(numberOnly, ends, (end) => parameters.add(numberText(end), 'numeric'));
  }
  const subject = `${key === '_id' ? 'id' : text} COLLATE "C"`;
  return between(subject, ends, (end) => parameters.add(end, 'text'));
}

function filterSql(filter: Filter, layout: Layout, parameters: SqlParameters): string {
  if (filter.kind === 'range') return rangeSql(filter.key, filter.ends, layout, parameters);
  if (filter.kind === 'not') {
    return `(${filterSql({ ...filter, kind: 'equals' }, layout, parameters)}) IS NOT TRUE`;
  }
  // These compare text and booleans, which the server's dates never are.
  if (dateSql(filter.key) !== undefined) return 'false';
  const { place, rest, text } = keySql(layout, filter.key);
  const subject = filter.key === '_id' ? 'id' : text;
  if (filter.kind === 'prefix') return `starts_with(${subject}, ${parameters.add(filter.prefix, 'text')})`;
  if (typeof filter.value === 'string') return `${subject} = ${parameters.add(filter.value, 'text')}`;
  const value = parameters.add(filter.value, 'boolean');
  const inColumn = place.type === 'boolean' ? `${place.column} = ${value}` : 'false';
  return `(${inColumn} OR ${rest} = to_jsonb(${value}))`;
}

/** The condition that selects records; a statement without one gets `true`. */
export function whereSql(selection: Selection, layout: Layout, parameters: SqlParameters): string {
  const { startAt, endAt, inclusive, undated, filters } = selection;
  const conditions = filters.map((filter) => filterSql(filter, layout, parameters));
  if (undated) conditions.push('timestamp IS NULL');
  if (startAt) conditions.push(`timestamp >= ${parameters.add(startAt.toISOString(), 'timestamptz')}`);
  if (endAt) {
    const operator = inclusive ? '<=' : '<';
    conditions.push(`timestamp ${operator} ${parameters.add(endAt.toISOString(), 'timestamptz')}`);
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
