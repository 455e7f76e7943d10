import { randomInt } from 'node:crypto';
import type { ClientSession, Connection } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { type TimeRange, touchedRanges } from '../kept/touched-ranges.ts';

/** Which write came last in a slot of a data set; `_id` is `<data set>/<slot>`. */
export interface TouchVersion {
  readonly _id: string;
  readonly data_set: string;
  readonly slot: string;
  readonly version: number;
}

/** The last write that changed records of [from, to), by the version of its slot. */
export interface Touch extends TimeRange {
  readonly _id: string;
  readonly data_set: string;
  readonly slot: string;
  readonly version: number;
}

/**
 * Transactions that count up the same document exclude each other. So each takes one of these at random:
 * versions rise one after the other within a slot, and two writers seldom meet.
 */
const SLOTS = 16;

export function touchVersions(connection: Connection) {
  return connection.collection<TouchVersion>('touch_versions');
}

export function touches(connection: Connection) {
  return connection.collection<Touch>('touches');
}

/** Makes the collections, which no transaction could do beside others. */
export async function prepareTouches(connection: Connection): Promise<void> {
  await touchVersions(connection).createIndex({ data_set: 1 });
  await touches(connection).createIndex({ data_set: 1, slot: 1, version: 1 });
}

/**
 * Says, in the transaction of a write, which periods it changes: `moments` are the timestamps that its
 * records have and had. Kept answers are made stale by this alone (docs/decisions/kept-answers.md), so
 * whatever changes records has to call it.
 */
export async function recordTouches(
  connection: Connection,
  session: ClientSession,
  dataSet: Pick<DataSet, 'id'>,
  moments: readonly Date[],
): Promise<void> {
  if (moments.length === 0) return;
  const slot = String(randomInt(SLOTS));
  const place = { data_set: dataSet.id, slot };
  const counted = await touchVersions(connection).findOneAndUpdate(
    { _id: `${dataSet.id}/${slot}` },
    { $inc: { version: 1 }, $setOnInsert: place },
    { session, upsert: true, returnDocument: 'after' },
  );
  const version = counted?.version ?? 1;
  await touches(connection).bulkWrite(
    touchedRanges(moments).map(({ from, to }) => ({
      updateOne: {
        filter: { _id: `${dataSet.id}/${slot}/${from.toISOString()}/${to.toISOString()}` },
        update: { $set: { ...place, version, from, to } },
        upsert: true,
      },
    })),
    { session, ordered: false },
  );
}

/** Forgets what concerned a data set that is gone. */
export async function forgetTouches(connection: Connection, { id }: Pick<DataSet, 'id'>): Promise<void> {
  await touchVersions(connection).deleteMany({ data_set: id });
  await touches(connection).deleteMany({ data_set: id });
}
