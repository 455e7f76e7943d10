import { z } from 'zod';
import type { DataRecord, RecordValue } from '../records/record.ts';

/** Where the values of one key are kept. */
const placeSchema = z.object({
  /** The column, named by number and not by the key; none while only null was seen. */
  column: z.string().optional(),
  type: z.enum(['number', 'text', 'boolean']).optional(),
  /** What of the key is in the column `rest`: nothing, nulls only, or values of another type as well. */
  rest: z.enum(['none', 'nulls', 'values']),
});

export const layoutSchema = z.record(z.string(), placeSchema);

export type Place = z.output<typeof placeSchema>;

export type ColumnType = NonNullable<Place['type']>;

/** The columns of a data set's table, by key. It only grows, so an older copy of it is a part of a newer one. */
export type Layout = ReadonlyMap<string, Place>;

/** From this key on, values go to the jsonb rest (data-sets.md A7). */
const MOST_COLUMNS = 199;

/** A key that has no place of its own. */
const REST_ONLY: Place = { rest: 'values' };

export const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  number: 'numeric',
  text: 'text',
  boolean: 'boolean',
};

export function typeOf(value: Exclude<RecordValue, null>): ColumnType {
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'boolean' : 'number';
}

export function placeOf(layout: Layout, key: string): Place {
  return layout.get(key) ?? REST_ONLY;
}

/** Columns are numbered in the order in which they are made, so the count of them names the next. */
function nextColumn(layout: Layout): string {
  const columns = [...layout.values()].filter(({ column }) => column !== undefined);
  return `k${columns.length + 1}`;
}

function widen(layout: Layout, place: Place | undefined, value: RecordValue): Place | undefined {
  if (value === null) {
    if (place === undefined) return layout.size < MOST_COLUMNS ? { rest: 'nulls' } : undefined;
    return place.rest === 'none' ? { ...place, rest: 'nulls' } : place;
  }
  const type = typeOf(value);
  if (place === undefined) {
    return layout.size < MOST_COLUMNS ? { column: nextColumn(layout), type, rest: 'none' } : undefined;
  }
  if (place.type === undefined) return { ...place, column: nextColumn(layout), type };
  return place.type === type || place.rest === 'values' ? place : { ...place, rest: 'values' };
}

/** The layout that has a place for every value of a batch; the same object when it has already. */
export function growLayout(layout: Layout, records: readonly DataRecord[]): Layout {
  let grown: Map<string, Place> | undefined;
  for (const { values } of records) {
    for (const [key, value] of values) {
      const current = grown ?? layout;
      const place = current.get(key);
      const wider = widen(current, place, value);
      if (wider === place || wider === undefined) continue;
      grown ??= new Map(layout);
      grown.set(key, wider);
    }
  }
  return grown ?? layout;
}
