import type { PoolClient } from 'pg';
import { toMovedRecord } from '../records/moved-record.ts';
import { storedBytes } from '../records/stored-bytes.ts';
import { selectRecords } from './find.ts';
import type { Table } from './table.ts';

const COUNTED_AT_ONCE = 1_000;

/** Counts the bytes of records that were written before the data set was capped. */
async function countMissing(client: PoolClient, table: Table): Promise<void> {
  for (;;) {
    const uncounted = await selectRecords(client, table, `WHERE bytes IS NULL LIMIT ${COUNTED_AT_ONCE}`, []);
    if (uncounted.length === 0) return;
    const bytes = uncounted.map((stored) => {
      const record = toMovedRecord(stored);
      return storedBytes(record, record.updatedAt);
    });
    await client.query(
      `UPDATE ${table.name} AS records SET bytes = counted.bytes
       FROM unnest($1::text[], $2::integer[]) AS counted(id, bytes) WHERE records.id = counted.id`,
      [uncounted.map(({ _id }) => String(_id)), bytes],
    );
  }
}

/** Drops the oldest records until the others take no more than so many bytes. */
export async function dropOldest(client: PoolClient, table: Table, cappedSize: number): Promise<void> {
  await countMissing(client, table);
  await client.query(
    `DELETE FROM ${table.name} WHERE sequence <= (
       SELECT max(sequence) FROM (
         SELECT sequence, sum(bytes) OVER (ORDER BY sequence DESC) AS running FROM ${table.name}
       ) AS sizes WHERE running > $1::bigint)`,
    [cappedSize],
  );
}
