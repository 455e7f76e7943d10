import type { DataSetPair } from '../catalogue/catalogue.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import type { TransformDefinition } from './definition.ts';

/** The timestamps of the first and the last record that were written. */
export interface WrittenRange {
  readonly from: Date;
  readonly to: Date;
}

/** What was written into a period that is not over: to be seen to when it is. */
export interface Unfinished {
  readonly range: WrittenRange;
  readonly dueAt: Date;
}

/** How a transform is doing, for people to see. */
export interface TransformStatus {
  /** Something was written that it has not seen yet. */
  readonly pending: boolean;
  readonly lastRunAt: Date | null;
  readonly lastSuccessAt: Date | null;
  /** Of the last run; null when that went well. */
  readonly lastError: string | null;
  /** Runs since the last one that went well, or since the last write. */
  readonly failures: number;
}

export interface Transform {
  readonly id: string;
  readonly definition: TransformDefinition;
  readonly status: TransformStatus;
}

/** A transform that should be put into the queue. */
export interface TransformCall {
  readonly id: string;
  readonly version: number;
}

/** A transform at work. */
export interface TransformTask extends TransformCall {
  readonly definition: TransformDefinition;
  readonly dataSetId: string;
  readonly dataSetName: string;
  readonly isPending: boolean;
  readonly range: WrittenRange | undefined;
  readonly depth: number;
}

/** After so many failures it waits for the next write. */
export const MOST_FAILURES = 5;

/** A chain of transforms longer than this is taken for a loop. */
export const MOST_DEPTH = 10;

/**
 * Port: transforms and what each still has to do. The rows are the truth and the queue only wakes a
 * worker: what is pending stays so until a run that saw it has gone well, whatever gets lost between.
 */
export interface Transforms {
  readonly list: (dataSet: DataSet) => Promise<Transform[]>;
  /** Puts a list in the place of the one before; a transform that is in both keeps its status. */
  readonly replace: (dataSet: DataSet, definitions: readonly TransformDefinition[]) => Promise<void>;
  /** All transforms as edges from data set to data set; `except` leaves one data set's out. */
  readonly edges: (except: DataSet) => Promise<{ readonly from: DataSetPair; readonly to: DataSetPair }[]>;
  /**
   * Notes that records in this range were written; answers those that nobody was called for yet. A
   * client's write has depth 0, a transform's output one more than that of the transform.
   */
  readonly mark: (dataSet: DataSet, range: WrittenRange, depth: number) => Promise<TransformCall[]>;
  /** Those that are due by the clock, and those that were called `lostAfterSeconds` ago or more, and never came to an end. */
  readonly due: (now: Date, lostAfterSeconds: number) => Promise<TransformCall[]>;
  /** Undefined when it is gone. */
  readonly begin: (id: string) => Promise<TransformTask | undefined>;
  /** The run saw `version`. True when nothing newer was marked meanwhile: there is nothing left to do now. */
  readonly succeed: (task: TransformCall, at: Date, unfinished?: Unfinished) => Promise<boolean>;
  readonly fail: (task: TransformCall, at: Date, error: string) => Promise<void>;
}

/** The data set that a transform writes to. */
export function outputPair({ output }: TransformDefinition, input: Pick<DataSet, 'dataGroup'>): DataSetPair {
  return { dataGroup: output['data-group'] ?? input.dataGroup, dataType: output['data-type'] };
}
