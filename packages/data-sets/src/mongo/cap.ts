import type { ClientSession, mongo } from 'mongoose';
import { toMovedRecord } from '../records/moved-record.ts';
import { storedBytes } from '../records/stored-bytes.ts';
import { fromDocument, timestampsOf } from './documents.ts';
import { recordTouches } from './touches.ts';
import type { Records, WriteContext } from './write-batch.ts';

const COUNTED_AT_ONCE = 1_000;

/** Counts the bytes of records that were written before the data set was capped. */
async function countMissing(records: Records, session: ClientSession): Promise<void> {
  for (;;) {
    const uncounted = await records
      .find({ _bytes: { $exists: false } }, { session, limit: COUNTED_AT_ONCE })
      .toArray();
    if (uncounted.length === 0) return;
    await records.bulkWrite(
      uncounted.map((document) => {
        const stored = fromDocument(document);
        const record = toMovedRecord(stored);
        const _bytes = storedBytes(record, record.updatedAt);
        return { updateOne: { filter: { _id: document._id }, update: { $set: { _bytes } } } };
      }),
      { session, ordered: false },
    );
  }
}

/** Drops the oldest records until the others take no more than so many bytes. */
export async function dropOldest(context: WriteContext, cappedSize: number): Promise<void> {
  const { connection, session, dataSet, records } = context;
  await countMissing(records, session);
  const window = { documents: ['unbounded', 'current'] };
  const [newestTooMany] = await records
    .aggregate<{ _arrival: mongo.Long }>(
      [
        { $project: { _arrival: 1, _bytes: 1 } },
        {
          $setWindowFields: { sortBy: { _arrival: -1 }, output: { running: { $sum: '$_bytes', window } } },
        },
        { $match: { running: { $gt: cappedSize } } },
        { $sort: { _arrival: -1 } },
        { $limit: 1 },
      ],
      { session },
    )
    .toArray();
  if (newestTooMany === undefined) return;
  const oldest = { _arrival: { $lte: newestTooMany._arrival } };
  const dropped = await records.find(oldest, { projection: { _timestamp: 1 }, session }).toArray();
  await recordTouches(connection, session, dataSet, timestampsOf(dropped));
  await records.deleteMany(oldest, { session });
}
