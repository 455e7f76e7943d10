import type { Pool } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import { toMovedRecord } from '../records/moved-record.ts';
import type { ScannedRecord, ScanOptions } from '../store/store.ts';
import { toStoreProblem } from './connection.ts';
import { type RecordRow, recordRows } from './find.ts';
import { readTable } from './table.ts';

type ScannedRow = RecordRow & { readonly sequence: string };

/**
 * Reads a whole table through one cursor in one snapshot: sorted once, however many pages. No index on
 * `sequence` is kept for it, because scans are rare and writes are not.
 */
export async function* scanRecords(
  pool: Pool,
  dataSet: DataSet,
  { pageSize, after }: ScanOptions,
): AsyncGenerator<readonly ScannedRecord[]> {
  const client = await pool.connect().catch((error: unknown) => {
    throw toStoreProblem(error);
  });
  let finished = false;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const table = await readTable(client, dataSet);
    if (table.version > 0) {
      // Sorting a large table takes longer than a query may.
      await client.query('SET LOCAL statement_timeout = 0');
      const { selected, toRecord } = recordRows(table);
      const from = BigInt(after ?? -1);
      await client.query(
        `DECLARE scan NO SCROLL CURSOR FOR
         SELECT sequence, ${selected} FROM ${table.name} WHERE sequence > ${from} ORDER BY sequence`,
      );
      for (;;) {
        const { rows } = await client.query<ScannedRow>(`FETCH ${Math.floor(pageSize)} FROM scan`);
        if (rows.length === 0) break;
        yield rows.map((row) => ({ position: row.sequence, record: toMovedRecord(toRecord(row)) }));
      }
    }
    await client.query('COMMIT');
    finished = true;
  } catch (error) {
    throw toStoreProblem(error);
  } finally {
    // A scan that was left half-way: its connection, with the open snapshot, is closed.
    client.release(!finished);
  }
}
