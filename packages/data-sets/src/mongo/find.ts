import { mongo } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { isInternalKey } from '../records/keys.ts';
import type { StoredRecord } from '../records/record.ts';
import type { FindQuery } from '../store/store.ts';
import { recordsCollection } from './catalogue.ts';
import type { MongoConnection } from './connection.ts';
import { fromDocument } from './documents.ts';
import { matchOf, numberExpression } from './match.ts';

const SORT_FIELDS = ['__rank', '__number', '__text'];

/** Null or missing < booleans and numbers < text by code point (data-sets.md A8.7), ties by arrival. */
function sortStages({ sort }: FindQuery): mongo.Document[] {
  if (sort === undefined) return [{ $sort: { _arrival: 1 } }];
  const direction = sort.direction === 'ascending' ? 1 : -1;
  // The server's keys hold one type each, which MongoDB orders as we do.
  if (isInternalKey(sort.by)) return [{ $sort: { [sort.by]: direction, _arrival: 1 } }];
  const field = `$${sort.by}`;
  const number = numberExpression(sort.by);
  const text = { $cond: [{ $eq: [{ $type: field }, 'string'] }, field, null] };
  const rank = { $cond: [{ $ne: [number, null] }, 1, { $cond: [{ $ne: [text, null] }, 2, 0] }] };
  return [
    { $set: { __rank: rank, __number: number, __text: text } },
    { $sort: { __rank: direction, __number: direction, __text: direction, _arrival: 1 } },
    { $unset: SORT_FIELDS },
  ];
}

/** A batch of the server's own choice would be 16 MB, some 50,000 documents. */
const BATCH = 1_000;

/** As on PostgreSQL: what is read at once is what memory grows by. */
const PAGE = 250;

function cursorOf(
  records: mongo.Collection,
  query: FindQuery,
  { maxTimeMS }: { readonly maxTimeMS: number },
  batchSize: number,
): mongo.AggregationCursor {
  const stages = [
    { $match: matchOf(query) },
    ...sortStages(query),
    ...(query.skip ? [{ $skip: mongo.Long.fromNumber(query.skip) }] : []),
    ...(Number.isFinite(query.limit) ? [{ $limit: query.limit }] : []),
  ];
  return records.aggregate(stages, { allowDiskUse: true, batchSize, maxTimeMS });
}

export async function findRecords(
  records: mongo.Collection,
  query: FindQuery,
  timeLimit: { readonly maxTimeMS: number },
): Promise<StoredRecord[]> {
  const documents = await cursorOf(records, query, timeLimit, BATCH).toArray();
  return documents.map(fromDocument);
}

/** The same records, a batch of the driver's at a time. */
export async function* streamRecords(
  { run, timeLimit }: MongoConnection,
  dataSet: DataSet,
  query: FindQuery,
): AsyncGenerator<readonly StoredRecord[]> {
  const cursor = await run(async (connection) =>
    cursorOf(recordsCollection(connection, dataSet), query, timeLimit, PAGE),
  );
  try {
    for (;;) {
      const document: mongo.Document | null = await run(() => cursor.next());
      if (document === null) return;
      yield [document, ...cursor.readBufferedDocuments()].map(fromDocument);
    }
  } finally {
    await cursor.close();
  }
}

export async function lastUpdated(records: mongo.Collection): Promise<Date | undefined> {
  const newest = async (key: '_timestamp' | '_updated_at'): Promise<Date | undefined> => {
    const found = await records
      .find({ [key]: { $type: 'date' } }, { projection: { [key]: 1 } })
      .sort({ [key]: -1 })
      .limit(1)
      .next();
    const value: unknown = found?.[key];
    return value instanceof Date ? value : undefined;
  };
  return (await newest('_timestamp')) ?? newest('_updated_at');
}
