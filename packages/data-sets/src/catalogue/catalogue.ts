import type { Receipt } from '../store/receipt.ts';
import type { DataSet, DataSetSettings, NewDataSet } from './data-set.ts';

export interface DataSetPair {
  readonly dataGroup: string;
  readonly dataType: string;
}

/** What can be changed of a data set; what is absent stays. */
export interface DataSetChange {
  readonly settings?: Partial<DataSetSettings>;
  readonly tokenHash?: string | null;
}

/** A new token, and until when the one before it works as well. */
export interface TokenRotation {
  readonly tokenHash: string;
  readonly previousUntil: Date | null;
}

/** Port: where configurations of data sets are kept. Every call throws 503 `unavailable` when the engine is down. */
export interface Catalogue {
  /** Undefined when the name, or the pair of group and type, is taken. The receipt is kept in the same step. */
  readonly create: (dataSet: NewDataSet, receipt?: Receipt) => Promise<DataSet | undefined>;
  /** The answer to the request that made a data set under this key, for a day. */
  readonly findCreation: (keyHash: string) => Promise<Receipt | undefined>;
  readonly findByName: (name: string) => Promise<DataSet | undefined>;
  readonly findByPair: (pair: DataSetPair) => Promise<DataSet | undefined>;
  /** All data sets by name. */
  readonly list: () => Promise<DataSet[]>;
  /** Merges a change into the configuration; a token changed so ends every earlier one. Undefined when the data set is gone. */
  readonly update: (dataSet: DataSet, change: DataSetChange) => Promise<DataSet | undefined>;
  /** Undefined when the data set is gone. */
  readonly rotateToken: (dataSet: DataSet, rotation: TokenRotation) => Promise<DataSet | undefined>;
  /** Removes a configuration together with its records; false when there was none. */
  readonly remove: (dataSet: DataSet) => Promise<boolean>;
}
