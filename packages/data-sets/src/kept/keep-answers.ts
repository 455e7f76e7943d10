import { mergeGroups } from '../answers/collected.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import type { AggregateQuery, Group, RecordStore } from '../store/store.ts';
import { identityOf } from '../values/value.ts';
import { computeMissing } from './compute-missing.ts';
import type { KeptAnswers, SavedShape, View, Wanted } from './kept-answers.ts';
import { isIn, type Outcome, type PeriodQuery, partsOf, type Saving, shapeOf, startOf } from './parts.ts';
import { wholePeriods } from './plan.ts';
import type { TimeRange } from './touched-ranges.ts';

export interface KeepOptions {
  /** Answers that take less time than this to compute are not worth keeping. */
  readonly overMilliseconds: number;
  /** A touched period of fewer records is computed whole, not by finer parts; default 5,000. */
  readonly finerFromRecords?: number;
}

/** A shape with more groups than this takes as long to read as to compute. */
const MOST_GROUPS = 50_000;

const FINER_FROM_RECORDS = 5_000;

async function computeAnew<Mark>(
  view: View<Mark>,
  query: PeriodQuery,
  whole: TimeRange,
  save: Saving<Mark>,
  { overMilliseconds }: KeepOptions,
): Promise<Outcome<Mark>> {
  const started = performance.now();
  const groups = await view.aggregate(query);
  const isWorthIt = performance.now() - started >= overMilliseconds && groups.length <= MOST_GROUPS;
  if (!isWorthIt) return { groups, saved: [] };
  const inside = groups.filter((group) => isIn(startOf(group), whole));
  return {
    groups,
    saved: [{ ...save, covered: whole, replaced: [whole], parts: partsOf(inside) }],
  };
}

/** All months there are, and the last one, which has no end that PostgreSQL reads. */
const ALL_MONTHS = { from: new Date('0001-01-01T00:00:00Z'), to: new Date('9999-12-01T00:00:00Z') };

/** A question without period as one by month: what to ask for dated records, and for those without a date. */
function byMonth(query: AggregateQuery): { dated: PeriodQuery; undated?: AggregateQuery } {
  const { startAt, endAt } = query;
  const dated: PeriodQuery = { ...query, period: 'month' };
  return startAt || endAt ? { dated } : { dated, undated: { ...query, undated: true } };
}

/** One group of each key, out of those of its months. */
function withoutPeriods(groups: readonly Group[]): Group[] {
  const byKeys = new Map<string, Group[]>();
  for (const group of groups) {
    const name = group.keys.map(identityOf).join(' ');
    const others = byKeys.get(name);
    if (others) others.push(group);
    else byKeys.set(name, [group]);
  }
  return [...byKeys.values()].map(mergeGroups);
}

/** How a question is answered from a view that has what is kept of its shape. */
interface Approach extends Wanted {
  readonly answer: <Mark>(view: View<Mark>) => Promise<Outcome<Mark>>;
}

function saveOf<Mark>({ shape }: Wanted, { mark, kept }: View<Mark>) {
  return { shape, follows: kept?.revision, mark };
}

/**
 * A question without period: asked first, it is computed as it is. If that takes long, its shape is remembered, and from
 * the next time on it is put together of months.
 */
function approachWhole(query: AggregateQuery, options: Required<KeepOptions>): Approach | undefined {
  const { dated, undated } = byMonth(query);
  const bounds = { startAt: ALL_MONTHS.from, endAt: ALL_MONTHS.to };
  const range = wholePeriods({ ...bounds, ...dated }, 'month');
  if (range === undefined) return undefined;
  const wanted = { shape: shapeOf(dated), range };
  const answer = async <Mark>(view: View<Mark>): Promise<Outcome<Mark>> => {
    const save = saveOf(wanted, view);
    if (view.kept === undefined) {
      const started = performance.now();
      const groups = await view.aggregate(query);
      if (performance.now() - started < options.overMilliseconds) return { groups, saved: [] };
      const nothing = { from: range.from, to: range.from };
      return { groups, saved: [{ ...save, covered: nothing, replaced: [], parts: new Map() }] };
    }
    const outcome = await computeMissing(view, dated, range, view.kept, save, options);
    const others = undated ? await view.aggregate(undated) : [];
    return { ...outcome, groups: withoutPeriods([...outcome.groups, ...others]) };
  };
  return { ...wanted, answer };
}

function approachPeriods(query: PeriodQuery, options: Required<KeepOptions>): Approach | undefined {
  const range = wholePeriods(query, query.period);
  if (range === undefined) return undefined;
  const wanted = { shape: shapeOf(query), range };
  const answer = <Mark>(view: View<Mark>): Promise<Outcome<Mark>> => {
    const save = saveOf(wanted, view);
    return view.kept === undefined
      ? computeAnew(view, query, range, save, options)
      : computeMissing(view, query, range, view.kept, save, options);
  };
  return { ...wanted, answer };
}

/**
 * An `aggregate` that keeps, for each shape of question, the groups of every whole period, and computes only
 * the periods, or of long ones the days, that were touched by a write since (docs/decisions/kept-answers.md). Its answers are those of
 * the engine at one moment, to the last digit.
 */
export function keepAnswers<Mark>(
  keptAnswers: KeptAnswers<Mark>,
  given: KeepOptions,
): RecordStore['aggregate'] {
  const options = { finerFromRecords: FINER_FROM_RECORDS, ...given };
  return async (dataSet: DataSet, query: AggregateQuery): Promise<Group[]> => {
    const { period } = query;
    const approach =
      period === undefined ? approachWhole(query, options) : approachPeriods({ ...query, period }, options);
    if (approach === undefined) return keptAnswers.aggregate(dataSet, query);
    let saved: readonly SavedShape<Mark>[] = [];
    const groups = await keptAnswers.view(dataSet, approach, async (view) => {
      const outcome = await approach.answer(view);
      saved = outcome.saved;
      return outcome.groups;
    });
    // An answer that cannot be kept is an answer all the same.
    await Promise.all(saved.map((shape) => keptAnswers.save(dataSet, shape).catch(() => undefined)));
    return groups;
  };
}
