import { problem } from '@flyloft/common';
import type { Pool, PoolClient, QueryResult } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import type { DataRecord } from '../records/record.ts';
import { withTransaction } from './connection.ts';
import { growLayout, type Layout, layoutSchema, SQL_TYPES } from './layout.ts';

/** A data set's table as it was last seen. */
export interface Table {
  readonly name: string;
  readonly version: number;
  readonly layout: Layout;
}

/** The table's name holds nothing but the number that the catalogue gave the data set. */
export function tableName({ id }: Pick<DataSet, 'id'>): string {
  if (!/^\d+$/.test(id)) throw new Error('A data set of PostgreSQL has a number as its id');
  return `data_sets.records_${id}`;
}

/** Holds the data set's row until the transaction ends: who needs it too comes after. */
export async function takeTurns(client: PoolClient, { id }: Pick<DataSet, 'id'>): Promise<void> {
  await client.query('SELECT FROM data_sets.data_sets WHERE id = $1 FOR NO KEY UPDATE', [id]);
}

async function readRow(client: PoolClient, dataSet: DataSet, lock: '' | 'FOR UPDATE'): Promise<Table> {
  const { rows } = await client.query<{ layout: unknown; layout_version: number }>(
    `SELECT layout, layout_version FROM data_sets.data_sets WHERE id = $1 ${lock}`,
    [dataSet.id],
  );
  const row = rows[0];
  if (row === undefined) throw problem('not_found', 'data_set not found');
  // jsonb keeps no order of keys: the numbers of the columns do not depend on it.
  const layout = new Map(Object.entries(layoutSchema.parse(row.layout)));
  return { name: tableName(dataSet), version: row.layout_version, layout };
}

/** What the beginning of a reading transaction found. */
export interface Reading {
  readonly table: Table;
  /** What the statement that was asked along answered. */
  readonly rows: readonly unknown[];
}

/**
 * Begins a transaction that reads in one snapshot, reads the table in it, and runs one statement more that is asked
 * `along`, without parameters: one way there and back for all of them. A layout that is `known` in this version is
 * not sent and parsed again.
 * @throws {ProblemError} 404 when the data set is gone.
 */
export async function beginReading(
  client: PoolClient,
  dataSet: DataSet,
  known: Table | undefined,
  along = 'SELECT',
): Promise<Reading> {
  const name = tableName(dataSet);
  // Three statements, three results, which pg's types do not know of; both numbers are ours.
  const results = (await client.query(
    `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
     SELECT layout_version, CASE WHEN layout_version = ${Number(known?.version ?? -1)} THEN NULL ELSE layout END AS layout
     FROM data_sets.data_sets WHERE id = ${dataSet.id};
     ${along}`,
  )) as unknown as readonly [
    unknown,
    QueryResult<{ layout: unknown; layout_version: number }>,
    QueryResult<Record<string, unknown>>,
  ];
  const [, { rows: tables }, { rows }] = results;
  const row = tables[0];
  if (row === undefined) throw problem('not_found', 'data_set not found');
  if (row.layout === null && known !== undefined) return { table: known, rows };
  const layout = new Map(Object.entries(layoutSchema.parse(row.layout)));
  return { table: { name, version: row.layout_version, layout }, rows };
}

/** @throws {ProblemError} 404 when the data set is gone. */
export function readTable(client: PoolClient, dataSet: DataSet): Promise<Table> {
  return readRow(client, dataSet, '');
}

async function createTable(client: PoolClient, dataSet: DataSet, name: string): Promise<void> {
  await client.query(`CREATE TABLE ${name} (
    id text COLLATE "C" PRIMARY KEY,
    sequence bigint NOT NULL,
    timestamp timestamptz,
    start_at timestamptz,
    end_at timestamptz,
    updated_at timestamptz NOT NULL,
    rest jsonb,
    bytes integer
  )`);
  await client.query(`CREATE SEQUENCE ${name}_sequence OWNED BY ${name}.sequence`);
  await client.query(`CREATE INDEX ON ${name} (timestamp)`);
  // Triggers and statistics that every table has, also those made before there were any.
  await client.query('SELECT data_sets.watch_records($1)', [dataSet.id]);
}

/** A column waits for readers to end, and all others wait behind it: not for long, then it tries again. */
const LOCK_TIMEOUT_MILLISECONDS = 500;

/**
 * Makes room for a batch: the table itself, columns for new keys. Two writers at once come one after
 * the other, by the lock on the catalogue's row.
 */
export function growTable(pool: Pool, dataSet: DataSet, records: readonly DataRecord[]): Promise<Table> {
  return withTransaction(pool, 'BEGIN', async (client) => {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MILLISECONDS}`);
    const table = await readRow(client, dataSet, 'FOR UPDATE');
    const layout = growLayout(table.layout, records);
    if (layout === table.layout && table.version > 0) return table;
    if (table.version === 0) await createTable(client, dataSet, table.name);
    const added = [...layout].flatMap(([key, { column, type }]) =>
      column !== undefined && type !== undefined && table.layout.get(key)?.column === undefined
        ? [`ADD COLUMN ${column} ${SQL_TYPES[type]}`]
        : [],
    );
    if (added.length > 0) await client.query(`ALTER TABLE ${table.name} ${added.join(', ')}`);
    const version = table.version + 1;
    await client.query('UPDATE data_sets.data_sets SET layout = $2, layout_version = $3 WHERE id = $1', [
      dataSet.id,
      JSON.stringify(Object.fromEntries(layout)),
      version,
    ]);
    return { ...table, layout, version };
  });
}
