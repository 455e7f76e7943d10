import type { Pool, PoolClient } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import { toMovedRecord } from '../records/moved-record.ts';
import type { DataRecord } from '../records/record.ts';
import type { WriteOutcome } from '../store/receipt.ts';
import type { RecordChange, RecordStore } from '../store/store.ts';
import type { WrittenRange } from '../transforms/transforms.ts';
import { writtenRange } from '../transforms/written-range.ts';
import { dropOldest } from './cap.ts';
import { DEADLOCK, hasCode, LOCK_TIMEOUT, toStoreProblem, withTransaction } from './connection.ts';
import { selectRecords } from './find.ts';
import { createInsertFirst, type InsertFirst } from './insert-first.ts';
import { growLayout } from './layout.ts';
import { needsOf } from './layout-needs.ts';
import { markTransforms } from './mark-transforms.ts';
import { findReceipt, lockReceipt, writeReceipt } from './receipts.ts';
import { growTable, readTable, type Table, takeTurns } from './table.ts';
import { writeBatch } from './write-statement.ts';

type Writing = Pick<RecordStore, 'upsert' | 'upsertAll' | 'modify' | 'remove' | 'trim'>;

/** Each waits up to half a second for its lock: ten seconds in all, the longest a reader may hold it. */
const MOST_RETRIES = 20;

/** The table has another layout than was thought, or than is needed: nothing is to be kept of this try. */
const stale = new Error('the layout of the table has changed');

/** Everything that changes records, remembering the layout of each table: it only grows, so it need not be read for each batch. */
export function createWriting(pool: Pool): Writing {
  const tables = new Map<string, Table>();
  const insertFirst = createInsertFirst();

  const tableFor = async (dataSet: DataSet, records: readonly DataRecord[]): Promise<Table> => {
    const known = tables.get(dataSet.id);
    if (known !== undefined && growLayout(known.layout, records) === known.layout) return known;
    const grown = await growTable(pool, dataSet, records);
    tables.set(dataSet.id, grown);
    return grown;
  };

  /** Tries again while other writers are in the way. */
  const retrying = async <T>(dataSet: DataSet, work: () => Promise<T>): Promise<T> => {
    for (let failures = 0; ; ) {
      try {
        return await work();
      } catch (error) {
        tables.delete(dataSet.id);
        if (error === stale) continue;
        failures += 1;
        const isPassing = hasCode(error, DEADLOCK) || hasCode(error, LOCK_TIMEOUT);
        if (!isPassing || failures > MOST_RETRIES) throw toStoreProblem(error);
      }
    }
  };

  /** One transaction over a data set's records, which leaves a capped one within its size. */
  const changing = <T>(
    dataSet: DataSet,
    tableOf: (client: PoolClient) => Promise<Table> | Table,
    work: (client: PoolClient, table: Table) => Promise<T>,
  ): Promise<T> =>
    withTransaction(pool, 'BEGIN', async (client) => {
      const { capped_size: cappedSize } = dataSet.settings;
      if (cappedSize !== null) await takeTurns(client, dataSet);
      const table = await tableOf(client);
      const result = await work(client, table);
      if (cappedSize !== null && table.version > 0) await dropOldest(client, table, cappedSize);
      return result;
    });

  const write = async (
    target: Pool | PoolClient,
    dataSet: DataSet,
    table: Table,
    batch: readonly DataRecord[],
    first?: InsertFirst,
  ) => {
    if (!(await writeBatch(target, dataSet, table, batch, first))) throw stale;
  };

  /** The new record when there is no room for it yet: room is made outside of this transaction, whose locks would be in the way. */
  const modifyOnce = (dataSet: DataSet, id: string, change: RecordChange): Promise<boolean | DataRecord> =>
    changing(
      dataSet,
      // Read anew: a column that this process has not heard of is a part of the record as well.
      (client) => readTable(client, dataSet),
      async (client, table) => {
        if (table.version === 0) return false;
        const [stored] = await selectRecords(client, table, 'WHERE id = $1 FOR UPDATE', [id]);
        if (stored === undefined) return false;
        const { updatedAt: _savedBefore, ...current } = toMovedRecord(stored);
        const record = change(current);
        if (growLayout(table.layout, [record]) !== table.layout) return record;
        await write(client, dataSet, table, [record]);
        return true;
      },
    );

  return {
    upsert: async (dataSet, batch) => {
      if (batch.length === 0) return;
      await retrying(dataSet, async () => {
        const table = await tableFor(dataSet, batch);
        if (dataSet.settings.capped_size === null) return write(pool, dataSet, table, batch, insertFirst);
        return changing(
          dataSet,
          () => table,
          (client) => write(client, dataSet, table, batch),
        );
      });
    },
    upsertAll: (dataSet, batches, receipt) => {
      let needs: readonly DataRecord[] | undefined;
      return retrying(dataSet, async () => {
        const remembered = needs === undefined ? tables.get(dataSet.id) : undefined;
        needs ??= remembered === undefined ? await needsOf(batches) : undefined;
        const table = remembered ?? (await tableFor(dataSet, needs ?? []));
        return changing(
          dataSet,
          () => table,
          async (client): Promise<WriteOutcome> => {
            if (receipt !== undefined) {
              if (!(await lockReceipt(client, dataSet, receipt.keyHash))) return { kind: 'in flight' };
              const known = await findReceipt(client, dataSet, receipt.keyHash);
              if (known !== undefined) return { kind: 'known', receipt: known };
            }
            let range: WrittenRange | undefined;
            for await (const batch of batches()) {
              // The next try reads all batches first, to make room for whatever is in them: mostly there is room already.
              if (growLayout(table.layout, batch) !== table.layout) throw stale;
              if (batch.length > 0) await write(client, dataSet, table, batch);
              range = writtenRange(batch, range);
            }
            if (receipt !== undefined) await writeReceipt(client, dataSet, receipt);
            // Last: whoever works on them waits from here to the end.
            const calls = range === undefined ? [] : await markTransforms(client, dataSet, range, 0);
            return { kind: 'stored', calls };
          },
        );
      });
    },
    modify: async (dataSet, id, change) => {
      for (;;) {
        const outcome = await retrying(dataSet, () => modifyOnce(dataSet, id, change));
        if (typeof outcome === 'boolean') return outcome;
        await retrying(dataSet, () => growTable(pool, dataSet, [outcome]));
      }
    },
    remove: (dataSet, id) =>
      withTransaction(pool, 'BEGIN', async (client) => {
        const table = await readTable(client, dataSet);
        if (table.version === 0) return false;
        const { rowCount } = await client.query(`DELETE FROM ${table.name} WHERE id = $1`, [id]);
        return rowCount === 1;
      }),
    trim: (dataSet) =>
      retrying(dataSet, () =>
        changing(
          dataSet,
          (client) => readTable(client, dataSet),
          async () => undefined,
        ),
      ),
  };
}
