import type { PoolClient } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import { keepAnswers } from '../kept/keep-answers.ts';
import { coalesceUpserts } from '../store/coalesce-upserts.ts';
import type { DataSets, RecordStore } from '../store/store.ts';
import { aggregateRecords } from './aggregate.ts';
import { createPostgresCatalogue } from './catalogue.ts';
import { openPool, type PostgresOptions, withClient, withTransaction } from './connection.ts';
import { findRecords, lastUpdated, streamRecords } from './find.ts';
import { createPostgresKeptAnswers } from './kept.ts';
import { createPostgresReceipts } from './receipts.ts';
import { scanRecords } from './scan.ts';
import { beginReading, type Reading, readTable, type Table } from './table.ts';
import { createPostgresTransforms } from './transforms.ts';
import { createWriting } from './writing.ts';

/** Tables whose layout a reader remembers. */
const MOST_REMEMBERED = 1_000;

/**
 * Data sets in PostgreSQL: the catalogue and a table for each data set, in the schema `data_sets`,
 * which the migrations of this package make. Connects at the first use.
 */
export function createPostgresDataSets(options: PostgresOptions): DataSets {
  const pool = openPool(options);
  const tables = new Map<string, Table>();

  /** Reads a table in one snapshot, so that its layout and its records belong together. */
  const readingAlong = <T>(
    dataSet: DataSet,
    nothing: T,
    along: string | undefined,
    work: (client: PoolClient, reading: Reading) => Promise<T>,
  ) =>
    withClient(pool, async (client) => {
      try {
        const reading = await beginReading(client, dataSet, tables.get(dataSet.id), along);
        if (tables.size >= MOST_REMEMBERED) tables.clear();
        tables.set(dataSet.id, reading.table);
        const result = reading.table.version === 0 ? nothing : await work(client, reading);
        // Nothing was written: the answer need not wait for the end, and what the client is asked next comes after it.
        void client.query('COMMIT').catch(() => undefined);
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  const reading = <T>(dataSet: DataSet, nothing: T, work: (client: PoolClient, table: Table) => Promise<T>) =>
    readingAlong(dataSet, nothing, undefined, (client, { table }) => work(client, table));

  const aggregate: RecordStore['aggregate'] = (dataSet, query) =>
    reading(dataSet, [], (client, table) => aggregateRecords(client, table, query));

  const writing = createWriting(pool);
  return {
    catalogue: createPostgresCatalogue(pool),
    receipts: createPostgresReceipts(pool),
    transforms: createPostgresTransforms(pool),
    store: {
      ...writing,
      upsert: coalesceUpserts(writing.upsert),
      find: (dataSet, query) => reading(dataSet, [], (client, table) => findRecords(client, table, query)),
      stream: (dataSet, query) => streamRecords(pool, dataSet, query),
      lastUpdated: (dataSet) => reading<Date | undefined>(dataSet, undefined, lastUpdated),
      scan: (dataSet, options) => scanRecords(pool, dataSet, options),
      aggregate: options.keepAnswers
        ? keepAnswers(createPostgresKeptAnswers(pool, { readingAlong, aggregate }), options.keepAnswers)
        : aggregate,
      drop: (dataSet) =>
        withTransaction(pool, 'BEGIN', async (client) => {
          const table = await readTable(client, dataSet);
          if (table.version === 0) return false;
          const { rowCount } = await client.query(`DELETE FROM ${table.name}`);
          return (rowCount ?? 0) > 0;
        }),
    },
    check: () => withClient(pool, async (client) => void (await client.query('SELECT 1'))),
    close: async () => {
      if (!pool.ending) await pool.end();
    },
  };
}
