import { addPeriods, floorToPeriod, type Period } from '../periods/period.ts';

/** [from, to) */
export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** From the beginning of the one that begins first to the end of the one that ends last. */
export function hull(left: TimeRange, right: TimeRange): TimeRange {
  return {
    from: new Date(Math.min(left.from.getTime(), right.from.getTime())),
    to: new Date(Math.max(left.to.getTime(), right.to.getTime())),
  };
}

/** True where two ranges overlap, or one begins where the other ends. */
export function meet(left: TimeRange, right: TimeRange): boolean {
  return left.from <= right.to && right.from <= left.to;
}

export function isWithin(inner: TimeRange, outer: TimeRange): boolean {
  return inner.from >= outer.from && inner.to <= outer.to;
}

/** A batch must not write more touches than this: then they are told by a longer period. */
const MOST_RANGES = 32;

function rangesBy(moments: readonly Date[], period: Period): TimeRange[] {
  const starts = new Set(moments.map((moment) => floorToPeriod(moment, period).getTime()));
  return [...starts].map((start) => ({
    from: new Date(start),
    to: addPeriods(new Date(start), period, 1),
  }));
}

/** The days, months or years in which these moments lie. */
export function touchedRanges(moments: readonly Date[]): TimeRange[] {
  for (const period of ['day', 'month'] as const) {
    const ranges = rangesBy(moments, period);
    if (ranges.length <= MOST_RANGES) return ranges;
  }
  return rangesBy(moments, 'year');
}
