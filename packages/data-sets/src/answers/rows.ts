import { addPeriods, type Period } from '../periods/period.ts';
import { type Collect, collectName, type Query, type Sort } from '../query/query.ts';
import type { Group } from '../store/store.ts';
import { compareForDisplay, compareValues, isNumberValue, type Value } from '../values/value.ts';
import { collectedValues } from './collected.ts';

/** One object of an answer's `data`. */
export type Row = Record<string, unknown>;

/** The first moment of a period, and the first behind it, as its rows have them. */
interface Bounds {
  readonly _start_at: Date;
  readonly _end_at: Date;
}

/** The bounds of periods, made once for all groups that have rows in them. */
export function boundsOf(starts: readonly Date[], period: Period): Bounds[] {
  return starts.map((start) => ({ _start_at: start, _end_at: addPeriods(start, period, 1) }));
}

function keysOf(query: Query, group: Pick<Group, 'keys'>): Row {
  return Object.fromEntries(query.groupBy.map((key, index) => [key, group.keys[index]]));
}

/** Keys, `_count` and collected values of a group. */
export function groupRow(query: Query, group: Omit<Group, 'start'>): Row {
  return { ...keysOf(query, group), _count: group.count, ...collectedValues(query.collect, group) };
}

/** A row for which there is no record: `_count` 0, null for each collect (data-sets.md 4.5). */
export function emptyRow(collects: readonly Collect[]): Row {
  return { _count: 0, ...Object.fromEntries(collects.map((collect) => [collectName(collect), null])) };
}

/** Rows of a period query, one for each period, from the groups of one key. */
export function filledRows(query: Query, periods: readonly Bounds[], groups: readonly Group[]): Row[] {
  const byStart = new Map(groups.map((group) => [group.start?.getTime(), group]));
  return periods.map(({ _start_at, _end_at }) => {
    const group = byStart.get(_start_at.getTime());
    return group
      ? { _start_at, _end_at, _count: group.count, ...collectedValues(query.collect, group) }
      : { _start_at, _end_at, ...emptyRow(query.collect) };
  });
}

/** The order of group rows: ascending by their keys, one after the other. */
export function compareKeys(left: Pick<Group, 'keys'>, right: Pick<Group, 'keys'>): number {
  for (const [index, key] of left.keys.entries()) {
    const order = compareForDisplay(key, right.keys[index] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

function sortable(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value instanceof Date) return value;
  return isNumberValue(value) ? value : null;
}

function compareCells(left: unknown, right: unknown): number {
  if (!Array.isArray(left) || !Array.isArray(right)) return compareValues(sortable(left), sortable(right));
  const pairs = Math.min(left.length, right.length);
  for (let index = 0; index < pairs; index += 1) {
    const order = compareValues(sortable(left[index]), sortable(right[index]));
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Sorts and cuts what stands in rows; stable, so ties keep the order of their keys. */
export function sortAndLimit<T>(items: readonly T[], rowOf: (item: T) => Row, query: Query): T[] {
  const sorted = query.sort ? sortBy(items, rowOf, query.sort) : [...items];
  return query.limit === 0 ? sorted : sorted.slice(0, query.limit);
}

function sortBy<T>(items: readonly T[], rowOf: (item: T) => Row, { by, direction }: Sort): T[] {
  const sign = direction === 'ascending' ? 1 : -1;
  return [...items].sort((left, right) => sign * compareCells(rowOf(left)[by], rowOf(right)[by]));
}
