import { keepAnswers } from '../kept/keep-answers.ts';
import { coalesceUpserts } from '../store/coalesce-upserts.ts';
import type { DataSets, RecordStore } from '../store/store.ts';
import { aggregateRecords } from './aggregate.ts';
import { createMongoCatalogue, recordsCollection } from './catalogue.ts';
import { type MongoOptions, openMongo } from './connection.ts';
import { findRecords, lastUpdated, streamRecords } from './find.ts';
import { createMongoKeptAnswers } from './kept.ts';
import { createMongoReceipts } from './receipts.ts';
import { removeRecords } from './remove-records.ts';
import { scanRecords } from './scan.ts';
import { createMongoTransforms } from './transforms.ts';
import { createWriting } from './writing.ts';

/**
 * Data sets in MongoDB: the catalogue in `data_sets` and a collection for each data set. Needs no
 * PostgreSQL and no migrations. Connects at the first use.
 */
export function createMongoDataSets(options: MongoOptions): DataSets {
  const opened = openMongo(options);
  const { connection, run, timeLimit } = opened;
  const writing = createWriting(opened);
  const aggregate: RecordStore['aggregate'] = (dataSet, query) =>
    run(async () => {
      const records = recordsCollection(connection, dataSet);
      if (query.tallies.length === 0) return aggregateRecords({ records, timeLimit }, query);
      return connection.transaction((session) => aggregateRecords({ records, timeLimit, session }, query), {
        readConcern: { level: 'snapshot' },
      });
    });
  return {
    catalogue: createMongoCatalogue(opened),
    receipts: createMongoReceipts(opened),
    transforms: createMongoTransforms(opened),
    store: {
      ...writing,
      upsert: coalesceUpserts(writing.upsert),
      find: (dataSet, query) =>
        run(() => findRecords(recordsCollection(connection, dataSet), query, timeLimit)),
      stream: (dataSet, query) => streamRecords(opened, dataSet, query),
      lastUpdated: (dataSet) => run(() => lastUpdated(recordsCollection(connection, dataSet))),
      scan: (dataSet, options) => scanRecords(opened, dataSet, options),
      aggregate: options.keepAnswers
        ? keepAnswers(createMongoKeptAnswers(opened, aggregate), options.keepAnswers)
        : aggregate,
      drop: (dataSet) => run(async () => (await removeRecords(connection, dataSet, {})) > 0),
    },
    check: () =>
      run(async () => {
        await connection.db?.admin().ping();
      }),
    close: () => connection.close(),
  };
}
