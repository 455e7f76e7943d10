import { mergeGroups } from '../answers/collected.ts';
import { floorToPeriod, type Period, periodsBetween } from '../periods/period.ts';
import type { Group } from '../store/store.ts';
import { identityOf } from '../values/value.ts';
import type { KeptShape, SavedShape, View } from './kept-answers.ts';
import { isIn, type Outcome, type PeriodQuery, partsOf, type Saving, shapeOf, startOf } from './parts.ts';
import { planFor } from './plan.ts';
import type { TimeRange } from './touched-ranges.ts';
import { groupsOf } from './unchanged-groups.ts';

/** From so many touches on, a new mark is saved though nothing else has changed. */
const MOST_TOUCHES = 100;

/** A long period that writes go to is put together of finer ones, so that a write makes only one of these stale. */
const FINER: Partial<Record<Period, Period>> = { week: 'day', month: 'day', quarter: 'month', year: 'month' };

/** More finer parts than this are not worth to be kept. */
const MOST_FINER_PERIODS = 70;

/** The name of the finer parts of a shape, where it has such. */
export function finerShape(query: PeriodQuery): string | undefined {
  const finer = FINER[query.period];
  return finer && shapeOf({ ...query, period: finer }, query.period);
}

interface FinerOptions {
  /** Periods of fewer records are computed whole. */
  readonly finerFromRecords: number;
}

/** What of a query's range lies before and behind its whole periods. */
function edgesOf(query: PeriodQuery, whole: TimeRange): PeriodQuery[] {
  const { startAt, endAt, inclusive } = query;
  const before = startAt === undefined || startAt < whole.from;
  const behind = endAt === undefined || endAt > whole.to || inclusive;
  return [
    ...(before ? [{ ...query, endAt: whole.from, inclusive: false }] : []),
    ...(behind ? [{ ...query, startAt: whole.to }] : []),
  ];
}

/** True for a touched range that has many records, and not too many finer periods. */
function isBusy(
  range: TimeRange,
  kept: KeptShape,
  finer: Period,
  { finerFromRecords }: FinerOptions,
): boolean {
  if (periodsBetween(range.from, range.to, finer, MOST_FINER_PERIODS) === undefined) return false;
  const groups = [...kept.parts].flatMap(([start, part]) => (isIn(start, range) ? part : []));
  const records = groups.reduce((total, { count }) => total + count, 0);
  return records > 0 && records >= finerFromRecords;
}

/** The groups of longer periods, out of those of the finer ones that they consist of. */
function byLongerPeriod(groups: readonly Group[], period: Period): Group[] {
  const byStart = new Map<string, Group[]>();
  for (const group of groups) {
    const start = floorToPeriod(new Date(startOf(group)), period);
    const name = [start.getTime(), ...group.keys.map(identityOf)].join(' ');
    const others = byStart.get(name);
    if (others) others.push({ ...group, start });
    else byStart.set(name, [{ ...group, start }]);
  }
  return [...byStart.values()].map((parts) => ({
    ...mergeGroups(parts),
    ...(parts[0]?.start && { start: parts[0].start }),
  }));
}

/** Computes whole periods by finer ones, which are kept too: the next write among them costs one of these. */
async function computeFinely<Mark>(
  view: View<Mark>,
  query: PeriodQuery,
  finer: Period,
  range: TimeRange,
  options: FinerOptions,
): Promise<Outcome<Mark>> {
  const asked = { ...query, period: finer, startAt: range.from, endAt: range.to, inclusive: false };
  const shape = shapeOf(asked, query.period);
  const kept = await view.recall({ shape, range });
  const save = { shape, follows: kept?.revision, mark: view.mark };
  const nothing = {
    revision: '',
    covered: { from: range.from, to: range.from },
    touched: [],
    parts: new Map(),
  };
  const { groups, saved } = await computeMissing(view, asked, range, kept ?? nothing, save, options);
  return { groups: byLongerPeriod(groups, query.period), saved };
}

/**
 * Answers a query of which something is kept: parts that are still true, and what is missing, computed. At most one
 * range of it is computed by finer periods, the newest that has many records: writes go there again.
 */
export async function computeMissing<Mark>(
  view: View<Mark>,
  query: PeriodQuery,
  whole: TimeRange,
  kept: KeptShape,
  save: Saving<Mark>,
  options: FinerOptions,
): Promise<Outcome<Mark>> {
  const { missing, covered } = planFor(kept, whole, query.period);
  const finer = FINER[query.period];
  const busy = finer && missing.findLast((range) => isBusy(range, kept, finer, options));
  const computed: Group[] = [];
  const saved: SavedShape<Mark>[] = [];
  for (const range of missing) {
    if (finer && range === busy) {
      const outcome = await computeFinely(view, query, finer, range, options);
      computed.push(...outcome.groups);
      saved.push(...outcome.saved);
    } else {
      const { from, to } = range;
      computed.push(...(await view.aggregate({ ...query, startAt: from, endAt: to, inclusive: false })));
    }
  }
  const others = edgesOf(query, whole);
  const isUntouched = missing.length === 0 && kept.touched.length <= MOST_TOUCHES;
  if (isUntouched && others.length === 0) return { groups: groupsOf(kept.parts), saved };
  const edges: Group[] = [];
  for (const edge of others) edges.push(...(await view.aggregate(edge)));
  const stillTrue = [...kept.parts].filter(([start]) => !missing.some((range) => isIn(start, range)));
  const groups = [
    ...stillTrue.flatMap(([, part]) => part),
    ...computed.filter((group) => isIn(startOf(group), whole)),
    ...edges,
  ];
  if (isUntouched) return { groups, saved };
  return { groups, saved: [{ ...save, covered, replaced: missing, parts: partsOf(computed) }, ...saved] };
}
