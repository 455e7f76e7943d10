import { ceilToPeriod, floorToPeriod, type Period } from '../periods/period.ts';
import type { Selection } from '../store/store.ts';
import type { KeptShape } from './kept-answers.ts';
import { hull, meet, type TimeRange } from './touched-ranges.ts';

/** What to compute anew, and which periods have parts afterwards. */
export interface Plan {
  readonly missing: readonly TimeRange[];
  readonly covered: TimeRange;
}

/** More statements than this cost more than the periods between them. */
const MOST_RANGES = 8;

/** The periods that lie in the range of a query from end to end; undefined when there are none. */
export function wholePeriods({ startAt, endAt }: Selection, period: Period): TimeRange | undefined {
  if (startAt === undefined || endAt === undefined) return undefined;
  const from = ceilToPeriod(startAt, period);
  const to = floorToPeriod(endAt, period);
  return from < to ? { from, to } : undefined;
}

function earlier(left: Date, right: Date): Date {
  return left < right ? left : right;
}

function later(left: Date, right: Date): Date {
  return left < right ? right : left;
}

function overlap(left: TimeRange, right: TimeRange): TimeRange | undefined {
  const from = later(left.from, right.from);
  const to = earlier(left.to, right.to);
  return from < to ? { from, to } : undefined;
}

function milliseconds({ from, to }: TimeRange): number {
  return to.getTime() - from.getTime();
}

/** Ranges that overlap or touch become one; of too many, all become one. */
function merged(ranges: readonly TimeRange[]): TimeRange[] {
  const sorted = [...ranges].sort((left, right) => left.from.getTime() - right.from.getTime());
  const result: TimeRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last === undefined || range.from > last.to) result.push(range);
    else if (range.to > last.to) result[result.length - 1] = { from: last.from, to: range.to };
  }
  const [first, last] = [result[0], result.at(-1)];
  if (result.length <= MOST_RANGES || first === undefined || last === undefined) return result;
  return [{ from: first.from, to: last.to }];
}

/**
 * What has to be computed so that `wanted` is answered and everything kept is true again. Parts that were
 * touched outside of `wanted` are computed with it, unless that were more work than the question itself: then they are given up.
 */
export function planFor(kept: KeptShape | undefined, wanted: TimeRange, period: Period): Plan {
  const anew = { missing: [wanted], covered: wanted };
  if (kept === undefined) return anew;
  const { covered } = kept;
  if (!meet(wanted, covered)) return anew;
  const stale = kept.touched
    .map(({ from, to }) => ({ from: floorToPeriod(from, period), to: ceilToPeriod(to, period) }))
    .map((range) => overlap(range, covered))
    .filter((range) => range !== undefined);
  const uncovered = [
    { from: wanted.from, to: covered.from },
    { from: covered.to, to: wanted.to },
  ].filter(({ from, to }) => from < to);
  const missing = merged([...stale, ...uncovered]);
  const outside = missing.reduce((total, range) => {
    const inside = overlap(range, wanted);
    return total + milliseconds(range) - (inside ? milliseconds(inside) : 0);
  }, 0);
  if (outside <= milliseconds(wanted)) return { missing, covered: hull(covered, wanted) };
  const inside = missing.map((range) => overlap(range, wanted)).filter((range) => range !== undefined);
  return { missing: inside, covered: wanted };
}
