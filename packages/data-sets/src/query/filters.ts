import { isValidKey } from '../records/keys.ts';
import type { Parameters } from './parameters.ts';
import type { Filter } from './query.ts';
import { invalidQuery } from './query-error.ts';
import { readRange } from './range.ts';

function split(text: string): { key: string; value: string } {
  const colon = text.indexOf(':');
  if (colon === -1) {
    throw invalidQuery(
      'filter_by must be a field name and value separated by a colon (:) eg. authority:Westminster',
    );
  }
  const key = text.slice(0, colon);
  if (!isValidKey(key)) throw invalidQuery('Cannot filter by an invalid field name');
  return { key, value: text.slice(colon + 1) };
}

/** Numbers, dates and null cannot be filtered: all but true and false is text (data-sets.md 4.1). */
function equalsValue(value: string): string | boolean {
  if (value === 'true') return true;
  return value === 'false' ? false : value;
}

/** Rule 4 of data-sets.md 4.2. The same key twice in one kind of filter: the last wins (A8.8). */
export function readFilters(parameters: Parameters): Filter[] {
  const equals = parameters.all('filter_by');
  const prefixes = parameters.all('filter_by_prefix');
  if (equals.length > 0 && prefixes.length > 0) {
    throw invalidQuery('Cannot use both filter_by and filter_by_prefix in the same query');
  }
  const filters: Filter[] = [
    ...equals
      .map(split)
      .map(({ key, value }): Filter => ({ kind: 'equals', key, value: equalsValue(value) })),
    ...prefixes.map(split).map(({ key, value }): Filter => ({ kind: 'prefix', key, prefix: value })),
    ...parameters
      .all('filter_by_range')
      .map(split)
      .map(({ key, value }): Filter => ({ kind: 'range', key, ends: readRange(key, value) })),
    ...parameters
      .all('filter_by_not')
      .map(split)
      .map(({ key, value }): Filter => ({ kind: 'not', key, value: equalsValue(value) })),
  ];
  return [...new Map(filters.map((filter) => [`${filter.kind} ${filter.key}`, filter])).values()];
}
