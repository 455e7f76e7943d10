import { problem } from '@flyloft/common';
import { type Connection, mongo } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { recordsCollection } from './catalogue.ts';
import { isDuplicateKey } from './connection.ts';
import { MARK, type RecordDocument, timestampsOf } from './documents.ts';
import { removeRecords } from './remove-records.ts';
import { recordTouches } from './touches.ts';
import type { Records, WriteContext } from './write-batch.ts';

// An upload that no transaction holds is stored in parts, all or nothing: its records carry its mark until it has ended,
// and what they replaced is kept beside them. Who fails undoes; who is killed is undone by the next that comes.

type DataSetId = Pick<DataSet, 'id'>;
type Filter = mongo.Filter<LargeUpload>;

interface LargeUpload {
  /** The data set: there is one at a time. */
  readonly _id: string;
  readonly mark: mongo.ObjectId;
  /** Of its Idempotency-Key. */
  readonly key_hash: string | null;
  readonly is_writing: boolean;
  /** Nobody else touches it until then, by the clock of the database. */
  readonly alive_until: Date;
}

/** A record as it was before the upload of this mark. */
interface ReplacedRecord {
  readonly mark: mongo.ObjectId;
  readonly document: RecordDocument;
}

const ALIVE_MILLISECONDS = 5_000;
const BEAT_MILLISECONDS = 1_000;
const RESTORED_AT_ONCE = 1_000;

const ALIVE = { alive_until: { $add: ['$$NOW', ALIVE_MILLISECONDS] } };

function uploads(connection: Connection) {
  return connection.collection<LargeUpload>('large_uploads');
}

function replacedRecords(connection: Connection) {
  return connection.collection<ReplacedRecord>('replaced_records');
}

/** Another process has undone it, because it had not been heard of. */
function overtaken(): Error {
  return problem('unavailable', 'The database took too long, and nothing was stored: send it again', {
    headers: { 'Retry-After': '5' },
  });
}

/**
 * Puts back what stood there before, and removes the rest; records that others have changed since stay as they are.
 * From its first step on the upload cannot be finished; one that was finished is left alone.
 */
async function undo(connection: Connection, { id }: DataSetId, unfinished: Filter): Promise<void> {
  const stopped = [{ $set: { is_writing: false, ...ALIVE } }];
  const upload = await uploads(connection).findOneAndUpdate(unfinished, stopped);
  if (upload === null) return;
  const { mark } = upload;
  // The documents of this collection are those of toDocument.
  const records = recordsCollection(connection, { id }) as unknown as Records;
  for (;;) {
    // The last first: where another writer came between two parts, it is that writer's record that is put back.
    const last = replacedRecords(connection).find({ mark }).sort({ _id: -1 });
    const replaced = await last.limit(RESTORED_AT_ONCE).toArray();
    if (replaced.length === 0) break;
    await connection.transaction(async (session) => {
      const before = replaced.map(({ document }) => document);
      const written = { _id: { $in: before.map(({ _id }) => _id) }, [MARK]: mark };
      const projection = { _id: 1, _timestamp: 1 };
      const current = await records.find(written, { projection, session }).toArray();
      await recordTouches(connection, session, { id }, timestampsOf([...before, ...current]));
      await records.bulkWrite(
        before.map((document) => ({
          replaceOne: { filter: { _id: document._id, [MARK]: mark }, replacement: document },
        })),
        { session },
      );
      const ids = replaced.map(({ _id }) => _id);
      await replacedRecords(connection).deleteMany({ _id: { $in: ids } }, { session });
    });
  }
  await removeRecords(connection, { id }, { [MARK]: mark });
  await uploads(connection).deleteOne({ _id: id, mark });
}

const ABANDONED = { $expr: { $lt: ['$alive_until', '$$NOW'] } };

/** Undoes what processes left that were killed, in all data sets. */
export async function undoAbandoned(connection: Connection): Promise<void> {
  for (const { _id: id } of await uploads(connection).find(ABANDONED).toArray()) {
    await undo(connection, { id }, { _id: id, ...ABANDONED });
  }
  // Of uploads that had ended: an upload is there before the first that it replaces.
  const marks = await replacedRecords(connection).distinct('mark');
  const open = new Set((await uploads(connection).distinct('mark')).map(String));
  const ended = marks.filter((mark) => !open.has(String(mark)));
  if (ended.length > 0) await replacedRecords(connection).deleteMany({ mark: { $in: ended } });
}

/** An upload that is being stored in parts. */
export interface OpenUpload {
  readonly mark: mongo.ObjectId;
  /** In the transaction of a part, before its records are written: keeps those that they replace. */
  readonly keepReplaced: (context: WriteContext, ids: readonly string[]) => Promise<void>;
  /** In the last transaction: from then on it is stored. */
  readonly finish: (context: WriteContext) => Promise<void>;
  /** Afterwards: forgets what was replaced, or undoes what was not finished. What fails here is done later by others. */
  readonly close: () => Promise<void>;
}

/** The hash of the Idempotency-Key of another upload of the data set, which is being stored. */
export interface BusyUpload {
  readonly busyWith: string | null;
}

/**
 * Begins an upload in parts, unless there is another one of the data set.
 * @throws {ProblemError} 503 from its functions when it was overtaken.
 */
export async function openLargeUpload(
  connection: Connection,
  { id }: DataSetId,
  keyHash: string | null,
): Promise<OpenUpload | BusyUpload> {
  await replacedRecords(connection).createIndex({ mark: 1 });
  await undo(connection, { id }, { _id: id, ...ABANDONED });
  const mark = new mongo.ObjectId();
  const made = { mark, key_hash: keyHash, is_writing: true };
  try {
    await uploads(connection).updateOne({ _id: id, mark }, [{ $set: { ...made, ...ALIVE } }], {
      upsert: true,
    });
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const other = await uploads(connection).findOne({ _id: id });
    return { busyWith: other?.key_hash ?? null };
  }
  const mine = { _id: id, mark, is_writing: true };
  const beat = setInterval(() => {
    uploads(connection)
      .updateOne(mine, [{ $set: ALIVE }])
      // The next part says what is wrong.
      .catch(() => undefined);
  }, BEAT_MILLISECONDS);
  return {
    mark,
    keepReplaced: async ({ session, records }, ids) => {
      // Written, not only read: who undoes it meanwhile and this part cannot both commit.
      const { matchedCount } = await uploads(connection).updateOne(mine, [{ $set: ALIVE }], { session });
      if (matchedCount === 0) throw overtaken();
      const others = { _id: { $in: [...ids] }, [MARK]: { $ne: mark } };
      const replaced = await records.find(others, { session }).toArray();
      if (replaced.length === 0) return;
      await replacedRecords(connection).insertMany(
        replaced.map((document) => ({ mark, document })),
        { session },
      );
    },
    finish: async ({ session }) => {
      const { deletedCount } = await uploads(connection).deleteOne(mine, { session });
      if (deletedCount === 0) throw overtaken();
    },
    close: async () => {
      clearInterval(beat);
      await undo(connection, { id }, { _id: id, mark })
        .then(() => replacedRecords(connection).deleteMany({ mark }))
        .catch(() => undefined);
    },
  };
}
