import type { Value } from '../values/value.ts';

/** What a value of a client's key may be. */
export type RecordValue = Exclude<Value, Date>;

/** A record that passed every rule and can be stored. */
export interface DataRecord {
  readonly id: string;
  readonly timestamp?: Date;
  readonly startAt?: Date;
  readonly endAt?: Date;
  /** When it was saved elsewhere: records that are moved keep it. Else the store says when. */
  readonly updatedAt?: Date;
  /** The client's own keys, in their order. */
  readonly values: ReadonlyMap<string, RecordValue>;
}

/** A record as raw queries answer it: the client's keys and the server's, dates as dates. */
export type StoredRecord = Readonly<Record<string, Value>>;

/** A record on its way from one store to another: whole, with the time of its last save. */
export type MovedRecord = DataRecord & { readonly updatedAt: Date };
