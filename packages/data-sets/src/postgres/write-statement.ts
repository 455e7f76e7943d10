import type { Pool, PoolClient } from 'pg';
import { renderJson } from '../answers/render-json.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import { numberText } from '../numbers/number-value.ts';
import type { DataRecord, RecordValue } from '../records/record.ts';
import { storedBytes } from '../records/stored-bytes.ts';
import { isNumberValue } from '../values/value.ts';
import { type Place, placeOf, SQL_TYPES, typeOf } from './layout.ts';
import type { Table } from './table.ts';

type Column = readonly [name: string, sqlType: string, values: readonly (string | boolean | null)[]];

/** The last record of each id, at the place of the first. */
function lastById(records: readonly DataRecord[]): DataRecord[] {
  return [...new Map(records.map((record) => [record.id, record])).values()];
}

function columnValue(value: RecordValue | undefined, { type }: Place): string | boolean | null {
  if (value === undefined || value === null || typeOf(value) !== type) return null;
  return isNumberValue(value) ? numberText(value) : value;
}

/** Nulls, and values of another type than their key's column. */
function restOf({ values }: DataRecord, { layout }: Table): string | null {
  const rest = [...values].filter(
    ([key, value]) => value === null || typeOf(value) !== placeOf(layout, key).type,
  );
  return rest.length === 0 ? null : renderJson(Object.fromEntries(rest), { compact: true });
}

/** Null in a data set without a cap, also where a count stood before: it would be that of another record. */
function countedBytes(dataSet: DataSet, record: DataRecord, updatedAt: Date): string | null {
  return dataSet.settings.capped_size === null ? null : String(storedBytes(record, updatedAt));
}

function columnsOf(table: Table, records: readonly DataRecord[], now: Date): Column[] {
  const dates = (date: (record: DataRecord) => Date | undefined) =>
    records.map((record) => date(record)?.toISOString() ?? null);
  const keys = new Set(records.flatMap(({ values }) => [...values.keys()]));
  return [
    ['id', 'text', records.map(({ id }) => id)],
    ['timestamp', 'timestamptz', dates(({ timestamp }) => timestamp)],
    ['start_at', 'timestamptz', dates(({ startAt }) => startAt)],
    ['end_at', 'timestamptz', dates(({ endAt }) => endAt)],
    ['updated_at', 'timestamptz', records.map(({ updatedAt = now }) => updatedAt.toISOString())],
    ['rest', 'jsonb', records.map((record) => restOf(record, table))],
    ...[...keys].flatMap((key): Column[] => {
      const place = placeOf(table.layout, key);
      if (place.column === undefined || place.type === undefined) return [];
      const values = records.map(({ values: own }) => columnValue(own.get(key), place));
      return [[place.column, SQL_TYPES[place.type], values]];
    }),
  ];
}

/**
 * One statement for a batch, whatever its size. It stores nothing when the layout has changed since it
 * was read: else a replaced record could keep the value of a column that this process has not heard of.
 * The version it sees is the table's own, because columns are added under a lock that excludes inserts.
 * Rows are written in the order of their ids, so two batches cannot wait for each other in a circle.
 */
function upsertStatement(table: Table, columns: readonly Column[]): string {
  const names = columns.map(([name]) => name);
  const parameters = columns.map(([, sqlType], index) => `$${index + 3}::${sqlType}[]`);
  const given = new Set(names);
  const others = [...table.layout.values()]
    .map(({ column }) => column)
    .filter((column) => column !== undefined && !given.has(column));
  const replaced = [
    ...names.filter((name) => name !== 'id').map((name) => `${name} = EXCLUDED.${name}`),
    ...others.map((column) => `${column} = NULL`),
  ];
  return `
    WITH input AS MATERIALIZED (
      SELECT nextval('${table.name}_sequence') AS sequence, given.*
      FROM unnest(${parameters.join(', ')}) AS given(${names.join(', ')})
    )
    INSERT INTO ${table.name} AS records (sequence, ${names.join(', ')})
    SELECT sequence, ${names.join(', ')} FROM input
    WHERE (SELECT layout_version FROM data_sets.data_sets WHERE id = $1) = $2::integer
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET ${replaced.join(', ')}`;
}

/**
 * Writes a batch by one statement; false when the table has another layout by now, and nothing was written.
 */
export async function writeBatch(
  target: Pool | PoolClient,
  dataSet: DataSet,
  table: Table,
  batch: readonly DataRecord[],
): Promise<boolean> {
  const records = lastById(batch);
  const now = new Date();
  const bytes = records.map((record) => countedBytes(dataSet, record, record.updatedAt ?? now));
  const columns: Column[] = [...columnsOf(table, records, now), ['bytes', 'integer', bytes]];
  const { rowCount } = await target.query(upsertStatement(table, columns), [
    dataSet.id,
    table.version,
    ...columns.map(([, , values]) => values),
  ]);
  return rowCount === records.length;
}
