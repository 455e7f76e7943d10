import type { Connection, mongo } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { recordsCollection } from './catalogue.ts';
import { timestampsOf } from './documents.ts';
import { recordTouches } from './touches.ts';

/** A transaction may last a minute; one of this size takes a fraction of a second. */
const REMOVED_AT_ONCE = 10_000;

/** Removes the records that match, in steps each of which is a transaction; answers how many they were. */
export async function removeRecords(
  connection: Connection,
  dataSet: Pick<DataSet, 'id'>,
  filter: mongo.Document,
): Promise<number> {
  const records = recordsCollection(connection, dataSet);
  const projection = { _id: 1, _timestamp: 1 };
  for (let removed = 0; ; ) {
    let found = 0;
    await connection.transaction(async (session) => {
      const documents = await records.find(filter, { projection, session }).limit(REMOVED_AT_ONCE).toArray();
      found = documents.length;
      if (found === 0) return;
      await recordTouches(connection, session, dataSet, timestampsOf(documents));
      await records.deleteMany({ _id: { $in: documents.map(({ _id }) => _id) } }, { session });
    });
    removed += found;
    if (found < REMOVED_AT_ONCE) return removed;
  }
}
