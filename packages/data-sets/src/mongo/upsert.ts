import { problem } from '@flyloft/common';
import type { ClientSession, Connection, mongo } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import type { DataRecord } from '../records/record.ts';
import { hasDataSet, recordsCollection } from './catalogue.ts';
import { isDuplicateKey, type MongoConnection } from './connection.ts';
import { type RecordDocument, timestampsOf, toDocument } from './documents.ts';
import { prepareTouches, recordTouches } from './touches.ts';

type Records = mongo.Collection<RecordDocument>;

const DUPLICATE_RETRIES = 5;

/** Replaces a whole document but keeps its `_arrival`. `$literal`: texts that begin with `$` are texts. */
function replacement(document: RecordDocument): mongo.Document[] {
  const { _arrival } = document;
  return [
    {
      $replaceWith: {
        $mergeObjects: [{ $literal: document }, { _arrival: { $ifNull: ['$_arrival', _arrival] } }],
      },
    },
  ];
}

interface WriteContext {
  readonly connection: Connection;
  readonly session: ClientSession;
  readonly dataSet: DataSet;
  readonly records: Records;
}

/**
 * New records by one insert, only those that are there already by replacing: 48,000 new records/s where
 * replacing all of them makes 13,000 (data-sets.md A7). In the caller's transaction: all or nothing.
 */
async function writeBatch(
  { connection, session, dataSet, records }: WriteContext,
  documents: RecordDocument[],
): Promise<void> {
  const ids = documents.map(({ _id }) => _id);
  const projection = { _id: 1, _timestamp: 1 };
  const stored = await records.find({ _id: { $in: ids } }, { projection, session }).toArray();
  const known = new Set(stored.map(({ _id }) => _id));
  await recordTouches(connection, session, dataSet, timestampsOf([...stored, ...documents]));
  const added = documents.filter(({ _id }) => !known.has(_id));
  const replaced = documents.filter(({ _id }) => known.has(_id));
  if (added.length > 0) await records.insertMany(added, { session });
  if (replaced.length === 0) return;
  await records.bulkWrite(
    replaced.map((document) => ({
      updateOne: { filter: { _id: document._id }, update: replacement(document), upsert: true },
    })),
    { session, ordered: false },
  );
}

export function createUpsert({ run }: MongoConnection) {
  const prepared = new Map<string, Promise<unknown>>();

  /** Makes the collection and its index, once a process. */
  const prepare = async (connection: Connection, dataSet: DataSet, records: Records) => {
    const preparing =
      prepared.get(dataSet.id) ??
      Promise.all([records.createIndex({ _timestamp: -1 }), prepareTouches(connection)]);
    prepared.set(dataSet.id, preparing);
    await preparing.catch((error: unknown) => {
      prepared.delete(dataSet.id);
      throw error;
    });
  };

  /**
   * MongoDB makes a collection anew when one is written to that was dropped. Removing deletes the
   * configuration before the records, so a write that still finds it afterwards came first.
   */
  const checkNotRemoved = async (connection: Connection, dataSet: DataSet, records: Records) => {
    if (await hasDataSet(connection, dataSet)) return;
    prepared.delete(dataSet.id);
    await records.drop();
    throw problem('not_found', 'data_set not found');
  };

  return (dataSet: DataSet, batch: readonly DataRecord[]): Promise<void> =>
    run(async (connection) => {
      const last = [...new Map(batch.map((record) => [record.id, record])).values()];
      const updatedAt = new Date();
      const documents = last.map((record) => toDocument(record, updatedAt));
      if (documents.length === 0) return;
      // The documents of this collection are those of toDocument.
      const records = recordsCollection(connection, dataSet) as unknown as Records;
      await prepare(connection, dataSet, records);
      for (let attempt = 1; ; attempt += 1) {
        try {
          await connection.transaction((session) =>
            writeBatch({ connection, session, dataSet, records }, documents),
          );
          break;
        } catch (error) {
          // Another writer inserted one of the ids meanwhile: now it is there to be replaced.
          if (!isDuplicateKey(error) || attempt > DUPLICATE_RETRIES) throw error;
        }
      }
      await checkNotRemoved(connection, dataSet, records);
    });
}
