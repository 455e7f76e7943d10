import { createHash } from 'node:crypto';
import { mergeGroups } from '../answers/collected.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import type { Period } from '../periods/period.ts';
import type { AggregateQuery, Group, RecordStore } from '../store/store.ts';
import { identityOf } from '../values/value.ts';
import type { KeptAnswers, KeptShape, SavedShape, View, Wanted } from './kept-answers.ts';
import { readGroups, writeGroups } from './kept-groups.ts';
import { planFor, wholePeriods } from './plan.ts';
import type { TimeRange } from './touched-ranges.ts';

export interface KeepOptions {
  /** Answers that take less time than this to compute are not worth keeping. */
  readonly overMilliseconds: number;
}

/** A shape with more groups than this takes as long to read as to compute. */
const MOST_GROUPS = 50_000;

/** From so many touches on, a new mark is saved though nothing else has changed. */
const MOST_TOUCHES = 100;

type PeriodQuery = AggregateQuery & { readonly period: Period };

/** What is asked, without the range of time. */
function shapeOf({ groupBy, period, filters, totals, extremes, tallies }: PeriodQuery): string {
  const asked = filters.map((filter) => JSON.stringify(filter)).sort();
  const keys = [totals, extremes, tallies].map((list) => [...list].sort());
  const shape = [period, groupBy, asked, keys];
  return createHash('sha256').update(JSON.stringify(shape)).digest('hex');
}

function startOf({ start }: Group): number {
  return start?.getTime() ?? Number.NaN;
}

function isIn(time: number, { from, to }: TimeRange): boolean {
  return time >= from.getTime() && time < to.getTime();
}

function partsOf(groups: readonly Group[]): Map<number, string> {
  const byStart = new Map<number, Group[]>();
  for (const group of groups) {
    const list = byStart.get(startOf(group));
    if (list) list.push(group);
    else byStart.set(startOf(group), [group]);
  }
  return new Map([...byStart].map(([start, list]) => [start, writeGroups(list)]));
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

interface Outcome<Mark> {
  readonly groups: Group[];
  readonly saved?: SavedShape<Mark>;
}

async function computeAnew<Mark>(
  view: View<Mark>,
  query: PeriodQuery,
  whole: TimeRange,
  save: Omit<SavedShape<Mark>, 'parts' | 'covered' | 'replaced'>,
  { overMilliseconds }: KeepOptions,
): Promise<Outcome<Mark>> {
  const started = performance.now();
  const groups = await view.aggregate(query);
  const isWorthIt = performance.now() - started >= overMilliseconds && groups.length <= MOST_GROUPS;
  if (!isWorthIt) return { groups };
  const inside = groups.filter((group) => isIn(startOf(group), whole));
  return { groups, saved: { ...save, covered: whole, replaced: [whole], parts: partsOf(inside) } };
}

async function computeMissing<Mark>(
  view: View<Mark>,
  query: PeriodQuery,
  whole: TimeRange,
  kept: KeptShape,
  save: Omit<SavedShape<Mark>, 'parts' | 'covered' | 'replaced'>,
): Promise<Outcome<Mark>> {
  const { missing, covered } = planFor(kept, whole, query.period);
  const computed: Group[] = [];
  for (const { from, to } of missing) {
    computed.push(...(await view.aggregate({ ...query, startAt: from, endAt: to, inclusive: false })));
  }
  const edges: Group[] = [];
  for (const edge of edgesOf(query, whole)) edges.push(...(await view.aggregate(edge)));
  const stillTrue = [...kept.parts].filter(([start]) => !missing.some((range) => isIn(start, range)));
  const groups = [
    ...stillTrue.flatMap(([start, json]) => readGroups(json, new Date(start))),
    ...computed.filter((group) => isIn(startOf(group), whole)),
    ...edges,
  ];
  if (missing.length === 0 && kept.touched.length <= MOST_TOUCHES) return { groups };
  return { groups, saved: { ...save, covered, replaced: missing, parts: partsOf(computed) } };
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
function approachWhole(query: AggregateQuery, { overMilliseconds }: KeepOptions): Approach | undefined {
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
      if (performance.now() - started < overMilliseconds) return { groups };
      const nothing = { from: range.from, to: range.from };
      return { groups, saved: { ...save, covered: nothing, replaced: [], parts: new Map() } };
    }
    const outcome = await computeMissing(view, dated, range, view.kept, save);
    const others = undated ? await view.aggregate(undated) : [];
    return { ...outcome, groups: withoutPeriods([...outcome.groups, ...others]) };
  };
  return { ...wanted, answer };
}

function approachPeriods(query: PeriodQuery, options: KeepOptions): Approach | undefined {
  const range = wholePeriods(query, query.period);
  if (range === undefined) return undefined;
  const wanted = { shape: shapeOf(query), range };
  const answer = <Mark>(view: View<Mark>): Promise<Outcome<Mark>> => {
    const save = saveOf(wanted, view);
    return view.kept === undefined
      ? computeAnew(view, query, range, save, options)
      : computeMissing(view, query, range, view.kept, save);
  };
  return { ...wanted, answer };
}

/**
 * An `aggregate` that keeps, for each shape of question, the groups of every whole period, and computes only
 * the periods that were touched by a write since (docs/decisions/kept-answers.md). Its answers are those of
 * the engine at one moment, to the last digit.
 */
export function keepAnswers<Mark>(
  keptAnswers: KeptAnswers<Mark>,
  options: KeepOptions,
): RecordStore['aggregate'] {
  return async (dataSet: DataSet, query: AggregateQuery): Promise<Group[]> => {
    const { period } = query;
    const approach =
      period === undefined ? approachWhole(query, options) : approachPeriods({ ...query, period }, options);
    if (approach === undefined) return keptAnswers.aggregate(dataSet, query);
    let saved: SavedShape<Mark> | undefined;
    const groups = await keptAnswers.view(dataSet, approach, async (view) => {
      const outcome = await approach.answer(view);
      saved = outcome.saved;
      return outcome.groups;
    });
    // An answer that cannot be kept is an answer all the same.
    if (saved !== undefined) await keptAnswers.save(dataSet, saved).catch(() => undefined);
    return groups;
  };
}
