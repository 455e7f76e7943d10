import type { Pool, PoolClient } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import { periodKeys } from '../periods/period.ts';
import type { Sort } from '../query/query.ts';
import type { StoredRecord } from '../records/record.ts';
import type { FindQuery } from '../store/store.ts';
import type { Value } from '../values/value.ts';
import { dateSql, keySql } from './expressions.ts';
import type { Layout } from './layout.ts';
import { createParameters } from './parameters.ts';
import { readPages } from './read-pages.ts';
import type { Table } from './table.ts';
import { whereSql } from './where.ts';

function orderSql(sort: Sort | undefined, layout: Layout): string {
  if (sort === undefined) return 'sequence';
  const direction = sort.direction === 'ascending' ? 'ASC NULLS FIRST' : 'DESC NULLS LAST';
  const date = sort.by === '_id' ? 'id' : dateSql(sort.by);
  if (date !== undefined) return `${date} ${direction}, sequence`;
  const { number, text } = keySql(layout, sort.by);
  // Null or missing < booleans and numbers < text by code point (data-sets.md A8.7).
  const rank = `CASE WHEN ${number} IS NOT NULL THEN 1 WHEN ${text} IS NOT NULL THEN 2 ELSE 0 END`;
  return `${rank} ${direction}, ${number} ${direction}, ${text} COLLATE "C" ${direction}, sequence`;
}

type DatabaseRow = Record<string, Value> & {
  readonly id: string;
  readonly timestamp: Date | null;
  readonly start_at: Date | null;
  readonly end_at: Date | null;
  readonly updated_at: Date;
};

export type RecordRow = DatabaseRow & { readonly rest: StoredRecord | null };

/** What to select of a table, and how its rows become records. */
export function recordRows({ layout }: Table): {
  readonly selected: string;
  readonly toRecord: (row: RecordRow) => StoredRecord;
} {
  const columns = [...layout].flatMap(([key, { column }]): [string, string][] =>
    column === undefined ? [] : [[key, column]],
  );
  const fixed = ['id', 'timestamp', 'start_at', 'end_at', 'updated_at', 'rest'];
  return {
    selected: [...fixed, ...columns.map(([, column]) => column)].join(', '),
    toRecord: (row) => toRecord(row, row.rest, columns),
  };
}

function toRecord(
  row: DatabaseRow,
  rest: StoredRecord | null,
  columns: readonly [string, string][],
): StoredRecord {
  const record: Record<string, Value> = { _id: row.id, _updated_at: row.updated_at };
  if (row.timestamp) Object.assign(record, { _timestamp: row.timestamp }, periodKeys(row.timestamp));
  if (row.start_at) record._start_at = row.start_at;
  if (row.end_at) record._end_at = row.end_at;
  for (const [key, column] of columns) {
    const value = row[column];
    if (value !== null && value !== undefined) record[key] = value;
  }
  return Object.assign(record, rest);
}

/** Records of a table by the rest of a SELECT statement: its conditions, order and limit. */
export async function selectRecords(
  client: PoolClient,
  table: Table,
  tail: string,
  values: readonly unknown[],
): Promise<StoredRecord[]> {
  const { selected, toRecord: read } = recordRows(table);
  const { rows } = await client.query<RecordRow>(`SELECT ${selected} FROM ${table.name} ${tail}`, [
    ...values,
  ]);
  return rows.map(read);
}

/** The rest of a SELECT statement that finds the records of a query. */
function tailOf(table: Table, query: FindQuery) {
  const parameters = createParameters();
  const where = whereSql(query, table.layout, parameters);
  const order = orderSql(query.sort, table.layout);
  const limit = Number.isFinite(query.limit) ? Math.floor(query.limit) : 'ALL';
  const tail = `WHERE ${where} ORDER BY ${order} LIMIT ${limit} OFFSET ${Math.floor(query.skip ?? 0)}`;
  return { tail, values: [...parameters.values] };
}

/** Raw records, each as it was stored with the server's keys. */
export async function findRecords(
  client: PoolClient,
  table: Table,
  query: FindQuery,
): Promise<StoredRecord[]> {
  const { tail, values } = tailOf(table, query);
  return selectRecords(client, table, tail, values);
}

/** A download of 1 M records took read-api to 288 MB in pages of 1,000, to 260 in these: what outlives young garbage stays long. */
const PAGE = 250;

/** A reader that has stopped reading must not hold a snapshot, and with it the dead rows, for ever. */
const IDLE_SECONDS = 60;

/** The same records a page at a time, in one snapshot. */
export function streamRecords(
  pool: Pool,
  dataSet: DataSet,
  query: FindQuery,
): AsyncGenerator<readonly StoredRecord[]> {
  const settings = `SET LOCAL idle_in_transaction_session_timeout = '${IDLE_SECONDS}s'`;
  return readPages<RecordRow, StoredRecord>(pool, dataSet, settings, (table) => {
    const { selected, toRecord: toItem } = recordRows(table);
    const { tail, values } = tailOf(table, query);
    return { text: `SELECT ${selected} FROM ${table.name} ${tail}`, values, pageSize: PAGE, toItem };
  });
}

export async function lastUpdated(client: PoolClient, { name }: Table): Promise<Date | undefined> {
  // The second is only asked when there is no timestamp at all.
  const { rows } = await client.query<{ last: Date | null }>(
    `SELECT coalesce((SELECT max(timestamp) FROM ${name}), (SELECT max(updated_at) FROM ${name})) AS last`,
  );
  return rows[0]?.last ?? undefined;
}
