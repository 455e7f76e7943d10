import type { DataSet } from '../catalogue/data-set.ts';
import { nameOfGroups } from '../kept/unchanged-groups.ts';
import type { Period } from '../periods/period.ts';
import type { CollectMethod, Query } from '../query/query.ts';
import type { StoredRecord } from '../records/record.ts';
import type { Group, RecordStore } from '../store/store.ts';
import { flatRows, groupsWithPeriods, nestedRows, plainGroups } from './group-rows.ts';
import { boundsOf, filledRows, type Row } from './rows.ts';
import { periodsOf, selectionOf, type Window, windowOf } from './selection.ts';
import { skipBlanks } from './skip-blanks.ts';

export interface AnswerLimits {
  /** Most periods one query may ask for. */
  readonly periods: number;
  /** Most raw records in one answer. */
  readonly rawRecords: number;
  /** Most rows that filling may make. */
  readonly rows: number;
}

export const DEFAULT_LIMITS: AnswerLimits = { periods: 100_000, rawRecords: 100_000, rows: 1_000_000 };

export interface AnswerOptions {
  readonly store: Pick<RecordStore, 'find' | 'aggregate'>;
  readonly dataSet: DataSet;
  readonly now: Date;
  /** Those that are not given have their default. */
  readonly limits?: Partial<AnswerLimits>;
}

export interface Answer {
  readonly data: readonly (Row | StoredRecord)[];
  /** True: there are more raw records than one answer holds. */
  readonly truncated: boolean;
}

/** A page of what `limit` leaves over. */
function rawRange({ limit, page }: Query): { skip: number; wanted: number } {
  const all = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  if (page === undefined) return { skip: 0, wanted: all };
  const skip = (page.number - 1) * page.size;
  return { skip, wanted: Math.min(page.size, all - skip) };
}

async function rawRecords(query: Query, { store, dataSet }: AnswerOptions, most: number): Promise<Answer> {
  const selection = selectionOf(query, windowOf(query, new Date(0), most));
  if (selection === undefined) return { data: [], truncated: false };
  const { skip, wanted } = rawRange(query);
  if (wanted <= 0) return { data: [], truncated: false };
  // One more than is answered tells whether there are more.
  const limit = Math.min(wanted, most + 1);
  const found = await store.find(dataSet, {
    ...selection,
    ...(query.sort && { sort: query.sort }),
    skip,
    limit,
  });
  return found.length > most
    ? { data: found.slice(0, most), truncated: true }
    : { data: found, truncated: false };
}

function groupsIn(window: Window, query: Query, { store, dataSet }: AnswerOptions): Promise<Group[]> {
  const selection = selectionOf(query, window);
  if (selection === undefined) return Promise.resolve([]);
  const keysWith = (methods: readonly CollectMethod[]) => [
    ...new Set(query.collect.filter(({ method }) => methods.includes(method)).map(({ key }) => key)),
  ];
  return store.aggregate(dataSet, {
    ...selection,
    groupBy: query.groupBy,
    ...(query.period && { period: query.period }),
    totals: keysWith(['count', 'sum', 'mean', 'min', 'max']),
    extremes: keysWith(['min', 'max']),
    tallies: keysWith(['set', 'median']),
  });
}

/** The groups in the window, once more after the window moved over blank periods. */
async function groupsByPeriod(query: Query, period: Period, options: AnswerOptions, limits: AnswerLimits) {
  const window = windowOf(query, options.now, limits.periods);
  const starts = periodsOf(window, period, limits.periods);
  const groups = await groupsIn(window, query, options);
  if (query.duration === undefined || query.flatten) return { starts, groups };
  const series =
    query.groupBy.length === 0 ? [groups] : groupsWithPeriods(query, groups).map(({ periods }) => periods);
  const moved = skipBlanks(window, period, starts, series, query.startAt !== undefined);
  if (moved === undefined) return { starts, groups };
  return { starts: periodsOf(moved, period, limits.periods), groups: await groupsIn(moved, query, options) };
}

async function* nothing(): AsyncGenerator<readonly StoredRecord[]> {}

interface StreamOptions {
  readonly store: Pick<RecordStore, 'stream'>;
  readonly dataSet: DataSet;
  /** Most records; default as many as there are. */
  readonly most?: number;
}

/** The raw records of a query one after the other, or undefined for a query that is not about raw records. */
export function streamRawRecords(
  query: Query,
  { store, dataSet, most = Number.POSITIVE_INFINITY }: StreamOptions,
): AsyncIterable<readonly StoredRecord[]> | undefined {
  if (query.period !== undefined || query.groupBy.length > 0) return undefined;
  const selection = selectionOf(query, windowOf(query, new Date(0), 0));
  const { skip, wanted } = rawRange(query);
  if (selection === undefined || wanted <= 0) return nothing();
  return store.stream(dataSet, {
    ...selection,
    ...(query.sort && { sort: query.sort }),
    skip,
    limit: Math.min(wanted, most),
  });
}

/** What an answer will be made of. */
export interface FoundAnswer {
  /** Two answers of one process with the same name are the same; undefined: it was computed for this one alone. */
  readonly name: string | undefined;
  /** Makes it. @throws {ProblemError} 400 for arithmetic over text, and for too many periods. */
  readonly make: () => Answer;
}

function periodRows(
  query: Query,
  period: Period,
  { starts, groups }: { starts: readonly Date[]; groups: readonly Group[] },
  { rows }: AnswerLimits,
): Row[] {
  if (query.groupBy.length === 0) return filledRows(query, boundsOf(starts, period), groups);
  if (query.flatten) return flatRows(query, period, starts, groups, rows);
  return nestedRows(query, period, starts, groupsWithPeriods(query, groups), rows);
}

/** The name of what is made of these groups for a query; `starts` are those of the periods that it shows. */
function nameOf(query: Query, groups: readonly Group[], starts: readonly Date[]): string | undefined {
  const name = nameOfGroups(groups);
  return name && JSON.stringify([name, query, starts[0], starts.length]);
}

/**
 * Asks for what answers a query of data-sets.md section 4: raw records, or rows that will be grouped, filled, sorted
 * and cut as 4.4 to 4.6 say. The same for every engine.
 * @throws {ProblemError} 400 for too many periods; what the store throws.
 */
export async function findAnswer(query: Query, options: AnswerOptions): Promise<FoundAnswer> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { period } = query;
  if (period !== undefined) {
    const found = await groupsByPeriod(query, period, options, limits);
    const make = () => ({ data: periodRows(query, period, found, limits), truncated: false });
    return { name: nameOf(query, found.groups, found.starts), make };
  }
  if (query.groupBy.length === 0) {
    const answer = await rawRecords(query, options, limits.rawRecords);
    return { name: undefined, make: () => answer };
  }
  const groups = await groupsIn(windowOf(query, options.now, limits.periods), query, options);
  const make = () => ({ data: plainGroups(query, groups), truncated: false });
  return { name: nameOf(query, groups, []), make };
}

/**
 * Answers a query of data-sets.md section 4.
 * @throws {ProblemError} 400 for arithmetic over text and for too many periods; what the store throws.
 */
export async function answerQuery(query: Query, options: AnswerOptions): Promise<Answer> {
  return (await findAnswer(query, options)).make();
}
