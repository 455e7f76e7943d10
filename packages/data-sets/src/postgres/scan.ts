import type { Pool } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import { toMovedRecord } from '../records/moved-record.ts';
import type { ScannedRecord, ScanOptions } from '../store/store.ts';
import { type RecordRow, recordRows } from './find.ts';
import { readPages } from './read-pages.ts';

type ScannedRow = RecordRow & { readonly sequence: string };

/** Sorting a large table takes longer than a query may. */
const SETTINGS = 'SET LOCAL statement_timeout = 0';

/**
 * Reads a whole table through one cursor in one snapshot: sorted once, however many pages. No index on
 * `sequence` is kept for it, because scans are rare and writes are not.
 */
export function scanRecords(
  pool: Pool,
  dataSet: DataSet,
  { pageSize, after }: ScanOptions,
): AsyncGenerator<readonly ScannedRecord[]> {
  const from = BigInt(after ?? -1);
  return readPages<ScannedRow, ScannedRecord>(pool, dataSet, SETTINGS, (table) => {
    const { selected, toRecord } = recordRows(table);
    return {
      text: `SELECT sequence, ${selected} FROM ${table.name} WHERE sequence > ${from} ORDER BY sequence`,
      pageSize,
      toItem: (row) => ({ position: row.sequence, record: toMovedRecord(toRecord(row)) }),
    };
  });
}
