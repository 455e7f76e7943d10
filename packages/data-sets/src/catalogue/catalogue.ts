import type { DataSet, NewDataSet } from './data-set.ts';

export interface DataSetPair {
  readonly dataGroup: string;
  readonly dataType: string;
}

/** Port: where configurations of data sets are kept. Every call throws 503 `unavailable` when the engine is down. */
export interface Catalogue {
  /** Undefined when the name, or the pair of group and type, is taken. */
  readonly create: (dataSet: NewDataSet) => Promise<DataSet | undefined>;
  readonly findByName: (name: string) => Promise<DataSet | undefined>;
  readonly findByPair: (pair: DataSetPair) => Promise<DataSet | undefined>;
  /** All data sets by name. */
  readonly list: () => Promise<DataSet[]>;
  /** Removes a configuration together with its records; false when there was none. */
  readonly remove: (dataSet: DataSet) => Promise<boolean>;
}
