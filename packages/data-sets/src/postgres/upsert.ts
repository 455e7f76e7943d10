import type { Pool } from 'pg';
import { renderJson } from '../answers/render-json.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import { numberText } from '../numbers/number-value.ts';
import type { DataRecord, RecordValue } from '../records/record.ts';
import { isNumberValue } from '../values/value.ts';
import { DEADLOCK, hasCode, LOCK_TIMEOUT, toStoreProblem } from './connection.ts';
import { growLayout, type Place, placeOf, SQL_TYPES, typeOf } from './layout.ts';
import { growTable, type Table } from './table.ts';

/** Each waits up to half a second for its lock: ten seconds in all, the longest a reader may hold it. */
const MOST_RETRIES = 20;

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

function columnsOf(table: Table, records: readonly DataRecord[]): Column[] {
  const now = new Date().toISOString();
  const dates = (date: (record: DataRecord) => Date | undefined) =>
    records.map((record) => date(record)?.toISOString() ?? null);
  const keys = new Set(records.flatMap(({ values }) => [...values.keys()]));
  return [
    ['id', 'text', records.map(({ id }) => id)],
    ['timestamp', 'timestamptz', dates(({ timestamp }) => timestamp)],
    ['start_at', 'timestamptz', dates(({ startAt }) => startAt)],
    ['end_at', 'timestamptz', dates(({ endAt }) => endAt)],
    ['updated_at', 'timestamptz', records.map(({ updatedAt }) => updatedAt?.toISOString() ?? now)],
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

async function tryUpsert(
  pool: Pool,
  dataSet: DataSet,
  table: Table,
  records: readonly DataRecord[],
): Promise<boolean> {
  const columns = columnsOf(table, records);
  const { rowCount } = await pool.query(upsertStatement(table, columns), [
    dataSet.id,
    table.version,
    ...columns.map(([, , values]) => values),
  ]);
  return rowCount === records.length;
}

/** Stores batches, remembering the layout of each table: it only grows, so it need not be read for each batch. */
export function createUpsert(pool: Pool) {
  const tables = new Map<string, Table>();

  const tableFor = async (dataSet: DataSet, records: readonly DataRecord[]): Promise<Table> => {
    const known = tables.get(dataSet.id);
    if (known !== undefined && growLayout(known.layout, records) === known.layout) return known;
    const grown = await growTable(pool, dataSet, records);
    tables.set(dataSet.id, grown);
    return grown;
  };

  return async (dataSet: DataSet, batch: readonly DataRecord[]): Promise<void> => {
    const records = lastById(batch);
    if (records.length === 0) return;
    for (let failures = 0; ; ) {
      try {
        const table = await tableFor(dataSet, records);
        if (await tryUpsert(pool, dataSet, table, records)) return;
        tables.delete(dataSet.id);
      } catch (error) {
        tables.delete(dataSet.id);
        failures += 1;
        const isPassing = hasCode(error, DEADLOCK) || hasCode(error, LOCK_TIMEOUT);
        if (!isPassing || failures > MOST_RETRIES) throw toStoreProblem(error);
      }
    }
  };
}
