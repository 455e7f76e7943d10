import type { Period } from '../periods/period.ts';
import type { Query } from '../query/query.ts';
import type { Group } from '../store/store.ts';
import { identityOf, type Value } from '../values/value.ts';
import { mergeGroups } from './collected.ts';
import { boundsOf, compareKeys, emptyRow, filledRows, groupRow, type Row, sortAndLimit } from './rows.ts';
import { checkRowCount } from './selection.ts';

const timeOf = ({ start }: Group) => start?.getTime() ?? 0;

/** A row of the answer and the periods beneath it. */
export interface GroupWithPeriods {
  readonly row: Row;
  readonly periods: readonly Group[];
}

function identity(keys: readonly Value[]): string {
  return keys.map(identityOf).join(' ');
}

/** Groups of a `group_by` query without period (data-sets.md 4.4). */
export function plainGroups(query: Query, groups: readonly Group[]): Row[] {
  const rows = [...groups].sort(compareKeys).map((group) => groupRow(query, group));
  return sortAndLimit(rows, (row) => row, query);
}

/** Groups over all their periods, sorted and cut, before their periods are filled. */
export function groupsWithPeriods(query: Query, groups: readonly Group[]): GroupWithPeriods[] {
  const byKeys = new Map<string, Group[]>();
  for (const group of groups) {
    const name = identity(group.keys);
    const others = byKeys.get(name);
    if (others) others.push(group);
    else byKeys.set(name, [group]);
  }
  const merged = [...byKeys.values()]
    .map((periods) => ({ whole: mergeGroups(periods), periods }))
    .sort((left, right) => compareKeys(left.whole, right.whole))
    .map(({ whole, periods }) => ({
      row: { ...groupRow(query, whole), _group_count: periods.length },
      periods,
    }));
  return sortAndLimit(merged, ({ row }) => row, query);
}

export function nestedRows(
  query: Query,
  period: Period,
  starts: readonly Date[],
  groups: readonly GroupWithPeriods[],
  mostRows: number,
): Row[] {
  checkRowCount(groups.length * starts.length, mostRows);
  const shown = boundsOf(starts, period);
  return groups.map(({ row, periods }) => ({ ...row, values: filledRows(query, shown, periods) }));
}

function observedCombinations(query: Query, groups: readonly Group[], most: number): Value[][] {
  const valuesOf = (index: number): Value[] => {
    const values = groups.map(({ keys }) => keys[index] ?? null);
    return [...new Map(values.map((value) => [identityOf(value), value])).values()];
  };
  const lists = query.groupBy.map((_key, index) => valuesOf(index));
  checkRowCount(
    lists.reduce((product, list) => product * list.length, 1),
    most,
  );
  return lists.reduce<Value[][]>(
    (combinations, list) => combinations.flatMap((head) => list.map((value) => [...head, value])),
    [[]],
  );
}

/**
 * `flatten=true` with period and groups: a row for each period and each combination of observed key
 * values. The limit cuts rows before they are filled up (data-sets.md 4.5).
 */
export function flatRows(
  query: Query,
  period: Period,
  starts: readonly Date[],
  groups: readonly Group[],
  mostRows: number,
): Row[] {
  const shown = new Set(starts.map((start) => start.getTime()));
  // By time within a key: a limit would cut by the order in which an engine happened to find them otherwise.
  const candidates = groups
    .filter(({ start }) => start && shown.has(start.getTime()))
    .sort((left, right) => compareKeys(left, right) || timeOf(left) - timeOf(right));
  const kept = sortAndLimit(candidates, (group) => groupRow(query, group), query);
  if (kept.length === 0) return [];
  const combinations = observedCombinations(query, kept, mostRows);
  checkRowCount(combinations.length * starts.length, mostRows);
  const found = new Map(kept.map((group) => [`${group.start?.getTime()} ${identity(group.keys)}`, group]));
  return boundsOf(starts, period).flatMap((bounds) =>
    combinations.map((keys) => {
      const group = found.get(`${bounds._start_at.getTime()} ${identity(keys)}`);
      const content = group ? groupRow(query, group) : emptyRow(query.collect);
      const named = Object.fromEntries(query.groupBy.map((key, index) => [key, keys[index]]));
      return { ...named, ...bounds, ...content };
    }),
  );
}
