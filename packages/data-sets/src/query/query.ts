import type { Period } from '../periods/period.ts';

export const COLLECT_METHODS = ['sum', 'count', 'set', 'mean', 'min', 'max', 'median'] as const;

export type CollectMethod = (typeof COLLECT_METHODS)[number];

export interface Collect {
  readonly key: string;
  readonly method: CollectMethod;
  /** Asked for as `collect=key` alone: answered under `key` and under `key:set`. */
  readonly bare: boolean;
}

/** `equals` compares text or a boolean; `prefix` is literal, and an empty one is any text. */
export type Filter =
  | { readonly kind: 'equals'; readonly key: string; readonly value: string | boolean }
  | { readonly kind: 'prefix'; readonly key: string; readonly prefix: string };

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
  readonly flatten: boolean;
  readonly format: Format;
}

export const FORMATS = ['json', 'csv', 'ndjson'] as const;

type Format = (typeof FORMATS)[number];

/** The name of a collected value in answers. */
export function collectName({ key, method }: Collect): string {
  return `${key}:${method}`;
}
