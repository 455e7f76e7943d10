import type { DataSet } from '../catalogue/data-set.ts';
import type { AggregateQuery, Group, RecordStore } from '../store/store.ts';
import type { TimeRange } from './touched-ranges.ts';

/** The groups of each period, by the time of its start. */
export type Parts = ReadonlyMap<number, readonly Group[]>;

/** What is kept of a shape, as one view of the engine sees it. */
export interface KeptShape {
  /** Names what is kept among all that was ever kept of the shape: another one has other parts. */
  readonly revision: string;
  /** Periods that have parts; one without a part has no records. */
  readonly covered: TimeRange;
  /** What writes have touched since the parts were computed, perhaps more, never less. */
  readonly touched: readonly TimeRange[];
  /** The parts in the range that was asked for. */
  readonly parts: Parts;
}

/** A shape as the engine tells of it: without parts where none were asked for, or those are known. */
export type ToldShape = Omit<KeptShape, 'parts'> & { readonly parts: Parts | undefined };

/** Which parts a question is about. */
export interface Wanted {
  readonly shape: string;
  readonly range: TimeRange;
}

/** What an engine is asked about a shape. */
export interface Asked {
  readonly shape: string;
  /** Parts that are wanted; undefined: none. */
  readonly range: TimeRange | undefined;
  /** The parts of this revision are known, and need not be sent. */
  readonly known: string | undefined;
}

/** One moment of a data set: all that is read through a view belongs together. */
export interface EngineView<Mark> {
  readonly aggregate: (query: AggregateQuery) => Promise<Group[]>;
  /** The mark of this moment, for what will be computed in it. */
  readonly mark: Mark;
  /** What is kept of the shapes that were asked for, by their names. */
  readonly told: ReadonlyMap<string, ToldShape>;
  /** What is kept of another shape. */
  readonly ask: (asked: Asked) => Promise<ToldShape | undefined>;
}

/** A view of the engine together with what this process remembers. */
export interface View<Mark> extends Pick<EngineView<Mark>, 'aggregate' | 'mark'> {
  readonly recall: (wanted: Wanted) => Promise<KeptShape | undefined>;
}

export interface SavedShape<Mark> {
  readonly shape: string;
  /** The revision that this one follows; undefined: it is the first. */
  readonly follows: string | undefined;
  readonly mark: Mark;
  readonly covered: TimeRange;
  /** Parts in these ranges, and outside of `covered`, are replaced. */
  readonly replaced: readonly TimeRange[];
  readonly parts: Parts;
}

/** Port: where an engine keeps parts of answers (docs/decisions/kept-answers.md). */
export interface KeptAnswers<Mark> {
  readonly view: (
    dataSet: DataSet,
    asked: readonly Asked[],
    work: (view: EngineView<Mark>) => Promise<Group[]>,
  ) => Promise<Group[]>;
  /** An `aggregate` that keeps nothing. */
  readonly aggregate: RecordStore['aggregate'];
  /** Saves all or nothing, and answers the new revision; nothing where another reader was first. */
  readonly save: (dataSet: DataSet, saved: SavedShape<Mark>) => Promise<string | undefined>;
}

/** So many shapes of one data set are kept; then the one that was saved longest ago goes. */
export const MOST_SHAPES = 200;
