import type { NumberValue } from '../numbers/number-value.ts';
import type { Period } from '../periods/period.ts';

export const COLLECT_METHODS = ['sum', 'count', 'set', 'mean', 'min', 'max', 'median'] as const;

export type CollectMethod = (typeof COLLECT_METHODS)[number];

export interface Collect {
  readonly key: string;
  readonly method: CollectMethod;
  /** Asked for as `collect=key` alone: answered under `key` and under `key:set`. */
  readonly bare: boolean;
}

/** Both ends belong to the range; at least one is there. */
interface Ends<T> {
  readonly low?: T;
  readonly high?: T;
}

/**
 * What a range compares: numbers with numbers, dates with the server's keys that are dates, and text
 * by code point, which is how ISO dates in clients' keys are ordered.
 */
export type RangeEnds =
  | ({ readonly of: 'numbers' } & Ends<NumberValue>)
  | ({ readonly of: 'dates' } & Ends<Date>)
  | ({ readonly of: 'texts' } & Ends<string>);

/**
 * `equals` compares text or a boolean, `not` takes every record that `equals` leaves out, also those
 * without the key; `prefix` is literal, and an empty one is any text.
 */
export type Filter =
  | { readonly kind: 'equals'; readonly key: string; readonly value: string | boolean }
  | { readonly kind: 'not'; readonly key: string; readonly value: string | boolean }
  | { readonly kind: 'prefix'; readonly key: string; readonly prefix: string }
  | { readonly kind: 'range'; readonly key: string; readonly ends: RangeEnds };

export interface Sort {
  /** A key, or `key:method` for a collected value. */
  readonly by: string;
  readonly direction: 'ascending' | 'descending';
}

/** A valid query of data-sets.md section 4. Without period and groups it asks for raw records. */
export interface Query {
  readonly startAt?: Date;
  readonly endAt?: Date;
  readonly inclusive: boolean;
  readonly duration?: number;
  readonly period?: Period;
  readonly groupBy: readonly string[];
  readonly collect: readonly Collect[];
  readonly filters: readonly Filter[];
  readonly sort?: Sort;
  /** 0 is no limit. */
  readonly limit: number;
  /** Which part of the raw records is wanted. */
  readonly page?: { readonly number: number; readonly size: number };
  readonly flatten: boolean;
  readonly format: Format;
  /** Whether spreadsheets must not take text for formulas; absent: it was not said. */
  readonly safe?: boolean;
}

export const FORMATS = ['json', 'csv', 'ndjson'] as const;

type Format = (typeof FORMATS)[number];

/** The name of a collected value in answers. */
export function collectName({ key, method }: Collect): string {
  return `${key}:${method}`;
}
