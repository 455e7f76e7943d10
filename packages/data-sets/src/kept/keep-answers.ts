import { mergeGroups } from '../answers/collected.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import type { AggregateQuery, Group, RecordStore } from '../store/store.ts';
import { identityOf } from '../values/value.ts';
import { computeMissing, finerShape } from './compute-missing.ts';
import type { Asked, EngineView, KeptAnswers, KeptShape, SavedShape, View, Wanted } from './kept-answers.ts';
import { isIn, type Outcome, type PeriodQuery, partsOf, type Saving, shapeOf, startOf } from './parts.ts';
import { wholePeriods } from './plan.ts';
import { type RememberedParts, rememberParts } from './remember-parts.ts';
import type { TimeRange } from './touched-ranges.ts';

export interface KeepOptions {
  /** Answers that take less time than this to compute are not worth keeping. */
  readonly overMilliseconds: number;
  /** A touched period of fewer records is computed whole, not by finer parts; default 5,000. */
  readonly finerFromRecords?: number;
  /** A shape is saved again no sooner than this after the last time; default 1,000. */
  readonly saveEveryMilliseconds?: number;
  /** Called with the saving of parts, which goes on after the answer. */
  readonly onSaving?: (saving: Promise<unknown>) => void;
}

/** A shape with more groups than this takes as long to read as to compute. */
const MOST_GROUPS = 50_000;

const FINER_FROM_RECORDS = 5_000;

const SAVE_EVERY_MILLISECONDS = 1_000;

async function computeAnew<Mark>(
  view: View<Mark>,
  query: PeriodQuery,
  whole: TimeRange,
  save: Saving<Mark>,
  { overMilliseconds }: Options,
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

/** How a question is answered from a view, and from what is kept of its shape. */
interface Approach extends Wanted {
  /** The shape of its finer parts, which a write may have touched. */
  readonly finer: string | undefined;
  readonly answer: <Mark>(view: View<Mark>, kept: KeptShape | undefined) => Promise<Outcome<Mark>>;
}

type Options = Required<Pick<KeepOptions, 'overMilliseconds' | 'finerFromRecords'>>;

/**
 * A question without period: asked first, it is computed as it is. If that takes long, its shape is remembered, and from
 * the next time on it is put together of months.
 */
function approachWhole(query: AggregateQuery, options: Options): Approach | undefined {
  const { dated, undated } = byMonth(query);
  const bounds = { startAt: ALL_MONTHS.from, endAt: ALL_MONTHS.to };
  const range = wholePeriods({ ...bounds, ...dated }, 'month');
  if (range === undefined) return undefined;
  const wanted = { shape: shapeOf(dated), finer: finerShape(dated), range };
  const answer: Approach['answer'] = async (view, kept) => {
    const save = { shape: wanted.shape, follows: kept?.revision, mark: view.mark };
    if (kept === undefined) {
      const started = performance.now();
      const groups = await view.aggregate(query);
      if (performance.now() - started < options.overMilliseconds) return { groups, saved: [] };
      const nothing = { from: range.from, to: range.from };
      return { groups, saved: [{ ...save, covered: nothing, replaced: [], parts: new Map() }] };
    }
    const outcome = await computeMissing(view, dated, range, kept, save, options);
    const others = undated ? await view.aggregate(undated) : [];
    return { ...outcome, groups: withoutPeriods([...outcome.groups, ...others]) };
  };
  return { ...wanted, answer };
}

function approachPeriods(query: PeriodQuery, options: Options): Approach | undefined {
  const range = wholePeriods(query, query.period);
  if (range === undefined) return undefined;
  const wanted = { shape: shapeOf(query), finer: finerShape(query), range };
  const answer: Approach['answer'] = (view, kept) => {
    const save = { shape: wanted.shape, follows: kept?.revision, mark: view.mark };
    return kept === undefined
      ? computeAnew(view, query, range, save, options)
      : computeMissing(view, query, range, kept, save, options);
  };
  return { ...wanted, answer };
}

/** Puts what the engine tells of shapes together with the parts that are remembered. */
function viewWith<Mark>(
  { aggregate, mark, told, ask }: EngineView<Mark>,
  memory: RememberedParts,
  nameOf: (shape: string) => string,
): View<Mark> {
  return {
    aggregate,
    mark,
    recall: async ({ shape, range }) => {
      const name = nameOf(shape);
      const first = told.get(shape);
      const remembered = first && memory.recall(name, first.revision, range);
      if (first && remembered) return { ...first, parts: remembered };
      const asked = first?.parts ? first : await ask({ shape, range, known: undefined });
      if (asked?.parts === undefined) return undefined;
      memory.remember(name, { revision: asked.revision, range, parts: asked.parts });
      return { ...asked, parts: asked.parts };
    },
  };
}

/** Of so many shapes it is remembered when they were saved. */
const MOST_SAVED = 1_000;

/**
 * Saves shapes after their answer; of each shape one at a time, as the others would follow a revision that is gone. Where
 * writes come so often that parts are stale as soon as they are saved, saving them each time would cost more than they do.
 */
function createSaving<Mark>(
  keptAnswers: KeptAnswers<Mark>,
  memory: RememberedParts,
  everyMilliseconds: number,
) {
  const busy = new Set<string>();
  const lastSaved = new Map<string, number>();
  const isDue = (name: string) =>
    performance.now() - (lastSaved.get(name) ?? Number.NEGATIVE_INFINITY) >= everyMilliseconds;
  return async (dataSet: DataSet, saved: SavedShape<Mark>, name: string): Promise<void> => {
    if (busy.has(name) || !isDue(name)) return;
    busy.add(name);
    try {
      const revision = await keptAnswers.save(dataSet, saved);
      if (lastSaved.size >= MOST_SAVED) lastSaved.clear();
      lastSaved.set(name, performance.now());
      if (revision !== undefined) memory.follow(name, revision, saved);
    } catch {
      // An answer that cannot be kept is an answer all the same.
    } finally {
      busy.delete(name);
    }
  };
}

/** Comes after what the waiting answer is still made of: rows and their text need no other event. */
function answered(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
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
  const { onSaving, saveEveryMilliseconds, ...options } = {
    finerFromRecords: FINER_FROM_RECORDS,
    saveEveryMilliseconds: SAVE_EVERY_MILLISECONDS,
    ...given,
  };
  const memory = rememberParts();
  const save = createSaving(keptAnswers, memory, saveEveryMilliseconds);
  return async (dataSet: DataSet, query: AggregateQuery): Promise<Group[]> => {
    const { period } = query;
    const approach =
      period === undefined ? approachWhole(query, options) : approachPeriods({ ...query, period }, options);
    if (approach === undefined) return keptAnswers.aggregate(dataSet, query);
    const nameOf = (shape: string) => `${dataSet.id}/${shape}`;
    const { shape, range, finer } = approach;
    const asked: Asked[] = [{ shape, range, known: memory.known(nameOf(shape), range) }];
    // What a write has touched since is probably put together of finer parts, as it was before.
    const known = finer && memory.known(nameOf(finer));
    if (finer && known) asked.push({ shape: finer, range: undefined, known });
    let saved: readonly SavedShape<Mark>[] = [];
    const groups = await keptAnswers.view(dataSet, asked, async (engineView) => {
      const view = viewWith(engineView, memory, nameOf);
      const kept = engineView.told.has(shape) ? await view.recall(approach) : undefined;
      const outcome = await approach.answer(view, kept);
      saved = outcome.saved;
      return outcome.groups;
    });
    if (saved.length > 0) {
      const saving = answered().then(() =>
        Promise.all(saved.map((one) => save(dataSet, one, nameOf(one.shape)))),
      );
      onSaving?.(saving);
    }
    return groups;
  };
}
