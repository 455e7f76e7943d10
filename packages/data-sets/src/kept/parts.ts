import { createHash } from 'node:crypto';
import type { Period } from '../periods/period.ts';
import type { AggregateQuery, Group } from '../store/store.ts';
import type { Parts, SavedShape } from './kept-answers.ts';
import type { TimeRange } from './touched-ranges.ts';

export type PeriodQuery = AggregateQuery & { readonly period: Period };

/** What is asked, without the range of time; finer parts of a longer period are a shape of their own. */
export function shapeOf(
  { groupBy, period, filters, totals, extremes, tallies }: PeriodQuery,
  within?: Period,
): string {
  const asked = filters.map((filter) => JSON.stringify(filter)).sort();
  const keys = [totals, extremes, tallies].map((list) => [...list].sort());
  const shape = [period, groupBy, asked, keys, ...(within === undefined ? [] : [within])];
  return createHash('sha256').update(JSON.stringify(shape)).digest('hex');
}

export function startOf({ start }: Group): number {
  return start?.getTime() ?? Number.NaN;
}

export function isIn(time: number, { from, to }: TimeRange): boolean {
  return time >= from.getTime() && time < to.getTime();
}

export function partsOf(groups: readonly Group[]): Parts {
  const byStart = new Map<number, Group[]>();
  for (const group of groups) {
    const list = byStart.get(startOf(group));
    if (list) list.push(group);
    else byStart.set(startOf(group), [group]);
  }
  return byStart;
}

/** Which revision of which shape is saved, and the moment that its parts will be of. */
export type Saving<Mark> = Pick<SavedShape<Mark>, 'shape' | 'follows' | 'mark'>;

export interface Outcome<Mark> {
  readonly groups: Group[];
  /** What is worth to be kept of it; each may be saved or not for itself. */
  readonly saved: readonly SavedShape<Mark>[];
}
