import type { DataSet } from '../catalogue/data-set.ts';
import type { AggregateQuery, Group, RecordStore } from '../store/store.ts';
import type { TimeRange } from './touched-ranges.ts';

/** What is kept of a shape, as one view of the engine sees it. */
export interface KeptShape {
  readonly revision: number;
  /** Periods that have parts; one without a part has no records. */
  readonly covered: TimeRange;
  /** What writes have touched since the parts were computed, perhaps more, never less. */
  readonly touched: readonly TimeRange[];
  /** The parts in the range that was asked for, by the time of their start: JSON of kept-groups.ts, parsed. */
  readonly parts: ReadonlyMap<number, unknown>;
}

/** Which parts a question is about. */
export interface Wanted {
  readonly shape: string;
  readonly range: TimeRange;
}

/** One moment of a data set: all that is read through a view belongs together. */
export interface View<Mark> {
  readonly aggregate: (query: AggregateQuery) => Promise<Group[]>;
  /** The mark of this moment, for what will be computed in it. */
  readonly mark: Mark;
  /** What is kept of the wanted shape. */
  readonly kept?: KeptShape;
  /** What is kept of another shape. */
  readonly recall: (wanted: Wanted) => Promise<KeptShape | undefined>;
}

export interface SavedShape<Mark> {
  readonly shape: string;
  /** The revision that this one follows; undefined: it is the first. */
  readonly follows: number | undefined;
  readonly mark: Mark;
  readonly covered: TimeRange;
  /** Parts in these ranges, and outside of `covered`, are replaced. */
  readonly replaced: readonly TimeRange[];
  readonly parts: ReadonlyMap<number, string>;
}

/** Port: where an engine keeps parts of answers (docs/decisions/kept-answers.md). */
export interface KeptAnswers<Mark> {
  readonly view: (
    dataSet: DataSet,
    wanted: Wanted,
    work: (view: View<Mark>) => Promise<Group[]>,
  ) => Promise<Group[]>;
  /** An `aggregate` that keeps nothing. */
  readonly aggregate: RecordStore['aggregate'];
  /** Saves all or nothing; nothing where another reader was first. */
  readonly save: (dataSet: DataSet, saved: SavedShape<Mark>) => Promise<void>;
}

/** So many shapes of one data set are kept; then the one that was saved longest ago goes. */
export const MOST_SHAPES = 200;
