import type { Filter } from '../query/query.ts';
import type { Selection } from '../store/store.ts';
import { dateSql, keySql } from './expressions.ts';
import type { Layout } from './layout.ts';
import type { SqlParameters } from './parameters.ts';

function filterSql(filter: Filter, layout: Layout, parameters: SqlParameters): string {
  // Filters compare text and booleans, which the server's dates never are.
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
  const { startAt, endAt, inclusive, filters } = selection;
  const conditions = filters.map((filter) => filterSql(filter, layout, parameters));
  if (startAt) conditions.push(`timestamp >= ${parameters.add(startAt.toISOString(), 'timestamptz')}`);
  if (endAt) {
    const operator = inclusive ? '<=' : '<';
    conditions.push(`timestamp ${operator} ${parameters.add(endAt.toISOString(), 'timestamptz')}`);
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
