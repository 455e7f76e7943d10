import { isValidKey } from '../records/keys.ts';
import type { Parameters } from './parameters.ts';
import { COLLECT_METHODS, collectName, type Query, type Sort } from './query.ts';
import { invalidQuery } from './query-error.ts';

const DIRECTIONS: Readonly<Record<string, Sort['direction']>> = {
  ascending: 'ascending',
  descending: 'descending',
};

/** Rule 6 of data-sets.md 4.2. */
export function readSort(parameters: Parameters): Sort | undefined {
  const text = parameters.one('sort_by');
  if (text === undefined) return undefined;
  const isGrouped = parameters.all('group_by').length > 0;
  if (parameters.one('period') !== undefined && !isGrouped) {
    throw invalidQuery(
      'Cannot sort for period queries without group_by. Period queries are always sorted by time.',
    );
  }
  const colon = text.lastIndexOf(':');
  if (colon === -1) {
    throw invalidQuery(
      'sort_by must be a field name and sort direction separated by a colon (:) eg. authority:ascending',
    );
  }
  const directionText = text.slice(colon + 1);
  const direction = Object.hasOwn(DIRECTIONS, directionText) ? DIRECTIONS[directionText] : undefined;
  if (direction === undefined) {
    throw invalidQuery('Unrecognised sort direction. Supported directions include: ascending, descending');
  }
  const by = text.slice(0, colon);
  const [key = '', method, ...more] = by.split(':');
  const isMethod =
    method === undefined || (isGrouped && (COLLECT_METHODS as readonly string[]).includes(method));
  if (!isValidKey(key) || !isMethod || more.length > 0) {
    throw invalidQuery('Cannot sort by an invalid field name');
  }
  return { by, direction };
}

/** A grouped answer can be sorted by what its rows have (data-sets.md 4.5); judged when all else is known. */
export function checkSortKey({ sort, groupBy, period, collect, flatten }: Query): void {
  if (sort === undefined || groupBy.length === 0) return;
  const sortable = new Set([
    ...groupBy,
    '_count',
    ...(period === undefined || flatten ? [] : ['_group_count']),
    ...collect.map(collectName),
    ...collect.filter(({ bare }) => bare).map(({ key }) => key),
  ]);
  if (!sortable.has(sort.by)) throw invalidQuery('Cannot sort by an invalid field name');
}
