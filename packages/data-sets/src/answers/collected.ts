import { problem } from '@flyloft/common';
import {
  addNumbers,
  compareNumbers,
  divideNumbers,
  type NumberValue,
  roundSum,
} from '../numbers/number-value.ts';
import { type Collect, collectName } from '../query/query.ts';
import type { RecordValue } from '../records/record.ts';
import type { Group, Tally, Totals } from '../store/store.ts';
import { compareForDisplay, identityOf } from '../values/value.ts';

const NOTHING: Totals = { count: 0, uncountable: 0, sum: 0, min: null, max: null };

function mostOf(left: NumberValue | null, right: NumberValue | null, sign: 1 | -1): NumberValue | null {
  if (left === null || right === null) return left ?? right;
  return compareNumbers(left, right) * sign >= 0 ? left : right;
}

function addTotals(left: Totals, right: Totals): Totals {
  return {
    count: left.count + right.count,
    uncountable: left.uncountable + right.uncountable,
    sum: addNumbers(left.sum, right.sum),
    min: mostOf(left.min, right.min, -1),
    max: mostOf(left.max, right.max, 1),
  };
}

function addTallies(lists: readonly (readonly Tally[])[]): Tally[] {
  const merged = new Map<string, Tally>();
  for (const { value, count } of lists.flat()) {
    const identity = identityOf(value);
    merged.set(identity, { value, count: count + (merged.get(identity)?.count ?? 0) });
  }
  return [...merged.values()];
}

/** The group that several groups of one key make up: a group of all its periods. */
export function mergeGroups(groups: readonly Group[]): Omit<Group, 'start'> {
  const keysOf = (part: 'totals' | 'tallies') => new Set(groups.flatMap((group) => [...group[part].keys()]));
  return {
    keys: groups[0]?.keys ?? [],
    count: groups.reduce((total, group) => total + group.count, 0),
    totals: new Map(
      [...keysOf('totals')].map((key) => [
        key,
        groups.reduce((sum, group) => addTotals(sum, group.totals.get(key) ?? NOTHING), NOTHING),
      ]),
    ),
    tallies: new Map(
      [...keysOf('tallies')].map((key) => [
        key,
        addTallies(groups.map((group) => group.tallies.get(key) ?? [])),
      ]),
    ),
  };
}

function numeric(value: RecordValue): NumberValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value === null || typeof value === 'string') throw invalidCollect();
  return value;
}

function invalidCollect(): Error {
  return problem('invalid_parameter', 'invalid collect function');
}

function median(tallies: readonly Tally[]): NumberValue | null {
  const sorted = tallies
    .map(({ value, count }) => ({ value: numeric(value), count }))
    .sort((left, right) => compareNumbers(left.value, right.value));
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const at = (position: number): NumberValue => {
    let passed = 0;
    for (const { value, count } of sorted) {
      passed += count;
      if (position < passed) return value;
    }
    return 0;
  };
  return divideNumbers(addNumbers(at(Math.floor((total - 1) / 2)), at(Math.floor(total / 2))), 2);
}

function totalOf(method: Collect['method'], totals: Totals): NumberValue | null {
  if (method === 'count') return totals.count;
  if (totals.uncountable > 0) throw invalidCollect();
  if (method === 'min') return totals.min;
  if (method === 'max') return totals.max;
  if (method === 'sum') return roundSum(totals.sum);
  return totals.count === 0 ? null : divideNumbers(totals.sum, totals.count);
}

/**
 * The collected values of a group as its row has them (data-sets.md 4.4).
 * @throws {ProblemError} 400 `invalid collect function` for arithmetic over text or null.
 */
export function collectedValues(
  collects: readonly Collect[],
  { totals, tallies }: Pick<Group, 'totals' | 'tallies'>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const collect of collects) {
    const { key, method, bare } = collect;
    if (method === 'set') {
      const set = (tallies.get(key) ?? []).map(({ value }) => value).sort(compareForDisplay);
      values[collectName(collect)] = set;
      if (bare) values[key] = set;
    } else if (method === 'median') {
      values[collectName(collect)] = median(tallies.get(key) ?? []);
    } else {
      values[collectName(collect)] = totalOf(method, totals.get(key) ?? NOTHING);
    }
  }
  return values;
}
