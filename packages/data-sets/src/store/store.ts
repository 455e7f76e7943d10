import type { Catalogue } from '../catalogue/catalogue.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import type { NumberValue } from '../numbers/number-value.ts';
import type { Period } from '../periods/period.ts';
import type { Filter, Sort } from '../query/query.ts';
import type { DataRecord, MovedRecord, RecordValue, StoredRecord } from '../records/record.ts';
import type { Transforms } from '../transforms/transforms.ts';
import type { Receipt, Receipts, WriteOutcome } from './receipt.ts';

/** Which records: all filters hold, and `_timestamp` lies in the range. */
export interface Selection {
  readonly filters: readonly Filter[];
  readonly startAt?: Date;
  readonly endAt?: Date;
  /** True: a record at `endAt` itself belongs to the range. */
  readonly inclusive: boolean;
  /** True: only records without `_timestamp`. */
  readonly undated?: boolean;
}

export interface FindQuery extends Selection {
  /** Ties, and records without `sort`, come in the order of their arrival. */
  readonly sort?: Sort;
  /** How many of the first are left out. */
  readonly skip?: number;
  readonly limit: number;
}

export interface AggregateQuery extends Selection {
  readonly groupBy: readonly string[];
  readonly period?: Period;
  /** Keys whose count and sum are wanted. */
  readonly totals: readonly string[];
  /** Those of them whose least and greatest are wanted too. */
  readonly extremes: readonly string[];
  /** Keys of which every distinct value is wanted. */
  readonly tallies: readonly string[];
}

/** What is known of one key in one group. Only records that have the key count. */
export interface Totals {
  /** Values, null among them. */
  readonly count: number;
  /** Values that are neither numbers nor booleans. */
  readonly uncountable: number;
  /** Of numbers and booleans (as 0 and 1), exact; 0 when there are none. */
  readonly sum: NumberValue;
  /** Null where they were not asked for. */
  readonly min: NumberValue | null;
  readonly max: NumberValue | null;
}

export interface Tally {
  readonly value: RecordValue;
  readonly count: number;
}

/** One group of records, of one period when the query has one. */
export interface Group {
  /** In the order of `groupBy`; never null. */
  readonly keys: readonly RecordValue[];
  readonly start?: Date;
  readonly count: number;
  readonly totals: ReadonlyMap<string, Totals>;
  readonly tallies: ReadonlyMap<string, readonly Tally[]>;
}

export interface ScanOptions {
  readonly pageSize: number;
  readonly after?: string;
}

export interface ScannedRecord {
  /** Where it stands in the order of arrival; a text that only this engine reads. */
  readonly position: string;
  readonly record: MovedRecord;
}

export type Batches = () => AsyncIterable<readonly DataRecord[]>;

/** Makes the new record from the one that is stored; keeps its id. */
export type RecordChange = (record: DataRecord) => DataRecord;

/**
 * Port: where records are kept. Everything above it (nesting, filling, sorting groups, shaping) is the
 * same for every engine. Calls throw 503 `unavailable` when the engine is down, 504 `query_timeout`
 * when a query takes too long, 404 `not_found` when the data set was removed meanwhile.
 */
export interface RecordStore {
  /**
   * Stores a batch, all or nothing. A record replaces, whole, the one with its id but keeps its place in
   * the order of arrival; of two with one id in a batch the last one counts.
   */
  readonly upsert: (dataSet: DataSet, records: readonly DataRecord[]) => Promise<void>;
  /**
   * Stores batch after batch in one step, all or nothing, by the rules of `upsert`. `batches` is called
   * more than once, and must give the same records each time. With a receipt it stores once: the
   * receipt is kept by the same transaction. MongoDB takes 10,000 records in one transaction; of more, readers may
   * see a part until it has ended, or was undone because it failed or its process was killed. The
   * transforms that wait for writes are marked by that (last) transaction as well: once it has happened,
   * no end of this process makes them forget it.
   */
  readonly upsertAll: (dataSet: DataSet, batches: Batches, receipt?: Receipt) => Promise<WriteOutcome>;
  /** Changes one record with no other write between; false when there is none of this id. What `change` throws leaves it as it was. */
  readonly modify: (dataSet: DataSet, id: string, change: RecordChange) => Promise<boolean>;
  /** Removes one record; false when there is none of this id. */
  readonly remove: (dataSet: DataSet, id: string) => Promise<boolean>;
  /** Drops the oldest records of a capped data set until the rest fits; every write does so by itself. */
  readonly trim: (dataSet: DataSet) => Promise<void>;
  readonly find: (dataSet: DataSet, query: FindQuery) => Promise<StoredRecord[]>;
  /**
   * All records in the order of their arrival, in pages; writes meanwhile may or may not be seen.
   * `after`: only those behind that record of an earlier scan of the same data set.
   */
  readonly scan: (dataSet: DataSet, options: ScanOptions) => AsyncIterable<readonly ScannedRecord[]>;
  /**
   * The same records as `find`, in pages, with bounded memory; `limit` may be infinite. A reader
   * who takes no page for a minute may lose the rest.
   */
  readonly stream: (dataSet: DataSet, query: FindQuery) => AsyncIterable<readonly StoredRecord[]>;
  /** The newest `_timestamp`, or the time of the last save where no record has one; undefined: no records. */
  readonly lastUpdated: (dataSet: DataSet) => Promise<Date | undefined>;
  /** Groups in no particular order; records in which a group key is null or missing are left out. */
  readonly aggregate: (dataSet: DataSet, query: AggregateQuery) => Promise<Group[]>;
  /** Removes all records; false when there were none. */
  readonly drop: (dataSet: DataSet) => Promise<boolean>;
}

/** A catalogue and the store of its records in one engine. */
export interface DataSets {
  readonly catalogue: Catalogue;
  readonly store: RecordStore;
  readonly receipts: Receipts;
  readonly transforms: Transforms;
  /** Rejects when the engine does not answer. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}
