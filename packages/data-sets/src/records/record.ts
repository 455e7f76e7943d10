import type { Value } from '../values/value.ts';

/** What a value of a client's key may be. */
export type RecordValue = Exclude<Value, Date>;

/** A record that passed every rule and can be stored. */
export interface DataRecord {
  readonly id: string;
  readonly timestamp?: Date;
  readonly startAt?: Date;
  readonly endAt?: Date;
  /** The client's own keys, in their order. */
  readonly values: ReadonlyMap<string, RecordValue>;
}

/** A record as raw queries answer it: the client's keys and the server's, dates as dates. */
export type StoredRecord = Readonly<Record<string, Value>>;
