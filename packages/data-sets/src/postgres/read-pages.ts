import { endWhenSilent } from '@flyloft/common';
import type { Pool, PoolClient } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import { toStoreProblem } from './connection.ts';
import { readTable, type Table } from './table.ts';

/** A page waits for whoever reads the one before; a scan, which has no time limit, may sort a large table first. */
const SILENCE_SECONDS = 600;
/** How much later than its time limit a statement is given up. */
const SILENCE_BEYOND_SECONDS = 2;

/** What a cursor reads. */
export interface CursorQuery<Row, Item> {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly pageSize: number;
  readonly toItem: (row: Row) => Item;
}

/**
 * Reads a table through a cursor, a page at a time, in one snapshot. `settings` are SET LOCAL statements of the
 * transaction; `queryOf` makes the query once the layout is known. Empty for a table that is not there yet.
 */
export async function* readPages<Row extends object, Item>(
  pool: Pool,
  dataSet: DataSet,
  settings: string,
  queryOf: (table: Table) => CursorQuery<Row, Item>,
): AsyncGenerator<readonly Item[]> {
  let client: PoolClient | undefined;
  let finished = false;
  try {
    client = await pool.connect();
    const limitSeconds = Number(pool.options.statement_timeout) / 1000;
    const statementSilence = /statement_timeout/.test(settings)
      ? SILENCE_SECONDS
      : limitSeconds + SILENCE_BEYOND_SECONDS;
    endWhenSilent(client, statementSilence);
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${settings}`);
    const table = await readTable(client, dataSet);
    if (table.version > 0) {
      const { text, values = [], pageSize, toItem } = queryOf(table);
      await client.query(`DECLARE pages NO SCROLL CURSOR FOR ${text}`, [...values]);
      for (;;) {
        const { rows } = await client.query<Row>(`FETCH ${Math.floor(pageSize)} FROM pages`);
        endWhenSilent(client, SILENCE_SECONDS);
        if (rows.length > 0) yield rows.map(toItem);
        endWhenSilent(client, statementSilence);
        if (rows.length < pageSize) break;
      }
    }
    await client.query('COMMIT');
    finished = true;
  } catch (error) {
    throw toStoreProblem(error);
  } finally {
    // Left half-way: the connection, with its open snapshot, is closed.
    client?.release(!finished);
  }
}
