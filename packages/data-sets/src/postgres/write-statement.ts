import type { Pool, PoolClient } from 'pg';
import { renderJson } from '../answers/render-json.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import { numberText } from '../numbers/number-value.ts';
import type { DataRecord, RecordValue } from '../records/record.ts';
import { storedBytes } from '../records/stored-bytes.ts';
import { isNumberValue } from '../values/value.ts';
import { plainArray, textArray, timestampArray } from './array-parameter.ts';
import { hasCode, UNIQUE_VIOLATION } from './connection.ts';
import type { InsertFirst } from './insert-first.ts';
import { type ColumnType, type Layout, placeOf, SQL_TYPES, typeOf } from './layout.ts';
import type { Table } from './table.ts';

/** A column of the records that are written, with its values as one parameter. */
interface Column {
  readonly name: string;
  readonly sqlType: string;
  /** An array of a value for each record, or the one value that all of them have. */
  readonly values: string | Buffer | Date;
}

function isShared({ values }: Column): boolean {
  return values instanceof Date;
}

/** The last record of each id, at the place of the first. */
function lastById(records: readonly DataRecord[]): readonly DataRecord[] {
  const last = new Map<string, DataRecord>();
  for (const record of records) last.set(record.id, record);
  return last.size === records.length ? records : [...last.values()];
}

/** Null in a data set without a cap, also where a count stood before: it would be that of another record. */
function countedBytes(records: readonly DataRecord[], now: Date): string {
  return plainArray(records.map((record) => String(storedBytes(record, record.updatedAt ?? now))));
}

function datesColumn(name: string, dates: readonly (Date | undefined)[]): Column[] {
  if (dates.every((date) => date === undefined)) return [];
  return [{ name, sqlType: 'timestamptz', values: timestampArray(dates) }];
}

/** Only records that are moved bring the time of their last save along. */
function updatedColumn(records: readonly DataRecord[], now: Date): Column {
  const areMoved = records.some(({ updatedAt }) => updatedAt !== undefined);
  const values = areMoved ? timestampArray(records.map(({ updatedAt = now }) => updatedAt)) : now;
  return { name: 'updated_at', sqlType: 'timestamptz', values };
}

type ColumnValue = string | boolean | null;

interface KeyColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly values: ColumnValue[];
}

/** The columns of keys, each of them made when the first record has it; undefined for a key without. */
function createKeyColumns(layout: Layout, count: number) {
  const columns = new Map<string, KeyColumn | undefined>();
  const make = (key: string): KeyColumn | undefined => {
    const { column: name, type } = placeOf(layout, key);
    if (name === undefined || type === undefined) return undefined;
    return { name, type, values: new Array<ColumnValue>(count).fill(null) };
  };
  return {
    all: () => [...columns.values()].filter((column) => column !== undefined),
    of: (key: string): KeyColumn | undefined => {
      const known = columns.get(key);
      if (known !== undefined || columns.has(key)) return known;
      const column = make(key);
      columns.set(key, column);
      return column;
    },
  };
}

/**
 * The clients' keys: each value in the column of its key, and as JSON in the rest nulls and values of another
 * type than their column's.
 */
function keyColumns({ layout }: Table, records: readonly DataRecord[]): Column[] {
  const columns = createKeyColumns(layout, records.length);
  const rests: (Map<string, RecordValue> | undefined)[] = [];
  for (const [index, record] of records.entries()) {
    for (const [key, value] of record.values) {
      const column = columns.of(key);
      if (value === null || column === undefined || typeOf(value) !== column.type) {
        const rest = rests[index] ?? new Map<string, RecordValue>();
        rests[index] = rest.set(key, value);
      } else {
        column.values[index] = isNumberValue(value) ? numberText(value) : value;
      }
    }
  }
  const rest = Array.from(records, (_record, index) => {
    const values = rests[index];
    return values === undefined ? null : renderJson(Object.fromEntries(values), { compact: true });
  });
  return [
    ...(rests.length === 0 ? [] : [{ name: 'rest', sqlType: 'jsonb', values: textArray(rest) }]),
    ...columns.all().map(({ name, type, values }) => ({
      name,
      sqlType: SQL_TYPES[type],
      // columns of texts hold texts and null
      values: type === 'text' ? textArray(values as (string | null)[]) : plainArray(values),
    })),
  ];
}

/** The columns that hold anything at all in these records; one that is left out holds null. */
function columnsOf(dataSet: DataSet, table: Table, records: readonly DataRecord[], now: Date): Column[] {
  const isCapped = dataSet.settings.capped_size !== null;
  return [
    { name: 'id', sqlType: 'text', values: textArray(records.map(({ id }) => id)) },
    updatedColumn(records, now),
    ...datesColumn(
      'timestamp',
      records.map(({ timestamp }) => timestamp),
    ),
    ...datesColumn(
      'start_at',
      records.map(({ startAt }) => startAt),
    ),
    ...datesColumn(
      'end_at',
      records.map(({ endAt }) => endAt),
    ),
    ...(isCapped ? [{ name: 'bytes', sqlType: 'integer', values: countedBytes(records, now) }] : []),
    ...keyColumns(table, records),
  ];
}

/** Columns of every table that may hold null. */
const OWN_COLUMNS = ['timestamp', 'start_at', 'end_at', 'rest', 'bytes'];

/** A statement takes one number of its table's sequence for all of its records, and counts on from there. */
const MOST_IN_STATEMENT = 2 ** 20;

/**
 * One statement for a batch, whatever its size. It stores nothing when the layout has changed since it
 * was read: else a replaced record could keep the value of a column that this process has not heard of.
 * The version it sees is the table's own, because columns are added under a lock that excludes inserts.
 * Rows are written in the order of their ids, so two batches cannot wait for each other in a circle.
 */
function insertStatement(table: Table, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => name);
  const parameters = columns.map((column, index) => {
    const type = isShared(column) ? column.sqlType : `${column.sqlType}[]`;
    return { column, parameter: `$${index + 3}::${type}` };
  });
  const arrays = parameters.filter(({ column }) => !isShared(column));
  const selected = parameters.map(({ column, parameter }) => (isShared(column) ? parameter : column.name));
  const given = arrays.map(({ column }) => column.name);
  return `
    INSERT INTO ${table.name} AS records (sequence, ${names.join(', ')})
    SELECT (SELECT nextval('${table.name}_sequence')) * ${MOST_IN_STATEMENT} + place, ${selected.join(', ')}
    FROM unnest(${arrays.map(({ parameter }) => parameter).join(', ')}) WITH ORDINALITY AS given(${given.join(', ')}, place)
    WHERE (SELECT layout_version FROM data_sets.data_sets WHERE id = $1) = $2::integer
    ORDER BY id`;
}

/** What a record that is there already becomes: the new one, whole. */
function replacingClause(table: Table, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => name);
  const given = new Set(names);
  const others = [...OWN_COLUMNS, ...[...table.layout.values()].map(({ column }) => column)].filter(
    (column) => column !== undefined && !given.has(column),
  );
  const replaced = [
    ...names.filter((name) => name !== 'id').map((name) => `${name} = EXCLUDED.${name}`),
    ...others.map((column) => `${column} = NULL`),
  ];
  return `ON CONFLICT (id) DO UPDATE SET ${replaced.join(', ')}`;
}

/**
 * Writes a batch by one statement; false when the table has another layout by now, and nothing was written. Outside of a
 * transaction, which a refused statement would end, it may be tried as new records alone first.
 */
export async function writeBatch(
  target: Pool | PoolClient,
  dataSet: DataSet,
  table: Table,
  batch: readonly DataRecord[],
  insertFirst?: InsertFirst,
): Promise<boolean> {
  const records = lastById(batch);
  const now = new Date();
  const columns = columnsOf(dataSet, table, records, now);
  const values = [dataSet.id, table.version, ...columns.map((column) => column.values)];
  const insert = insertStatement(table, columns);
  const run = async (statement: string): Promise<boolean> => {
    const { rowCount } = await target.query(statement, values);
    return rowCount === records.length;
  };
  if (insertFirst?.isWorthTrying(dataSet)) {
    try {
      const isWritten = await run(insert);
      insertFirst.learn(dataSet, 'new');
      return isWritten;
    } catch (error) {
      if (!hasCode(error, UNIQUE_VIOLATION)) throw error;
      insertFirst.learn(dataSet, 'known');
    }
  }
  return run(`${insert} ${replacingClause(table, columns)}`);
}
