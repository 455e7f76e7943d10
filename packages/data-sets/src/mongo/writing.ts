import { setTimeout } from 'node:timers/promises';
import { ProblemError, problem } from '@flyloft/common';
import type { Connection } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { toMovedRecord } from '../records/moved-record.ts';
import type { DataRecord } from '../records/record.ts';
import type { Receipt, WriteOutcome } from '../store/receipt.ts';
import type { Batches, RecordStore } from '../store/store.ts';
import type { WrittenRange } from '../transforms/transforms.ts';
import { writtenRange } from '../transforms/written-range.ts';
import { dropOldest } from './cap.ts';
import { hasDataSet, recordsCollection, takeTurns } from './catalogue.ts';
import { isDuplicateKey, type MongoConnection } from './connection.ts';
import { fromDocument, MARK, toDocument } from './documents.ts';
import { openLargeUpload, undoAbandoned } from './large-upload.ts';
import { markTransforms } from './mark-transforms.ts';
import { createReceiptsIndex, findReceipt, writeReceipt } from './receipts.ts';
import { removeRecords } from './remove-records.ts';
import { prepareTouches } from './touches.ts';
import { type Records, type WriteContext, writeBatch } from './write-batch.ts';

type Writing = Pick<RecordStore, 'upsert' | 'upsertAll' | 'modify' | 'remove' | 'trim'>;

const DUPLICATE_RETRIES = 5;

/** A transaction lives in the cache, and for a minute: 200,000 small records are too many for 256 MB. */
const MOST_AT_ONCE = 10_000;

/** How often a process looks for what others left that were killed. */
const LOOK_MILLISECONDS = 30_000;

const WAIT_MILLISECONDS = 250;
const MOST_WAIT_MILLISECONDS = 30_000;

/** The last record of each id, at the place of the first. */
function toDocuments({ settings }: DataSet, batch: readonly DataRecord[]) {
  const last = [...new Map(batch.map((record) => [record.id, record])).values()];
  const updatedAt = new Date();
  return last.map((record) => toDocument(record, updatedAt, settings.capped_size !== null));
}

async function retryDuplicates<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      // Another writer inserted one of the ids meanwhile: now it is there to be replaced.
      if (!isDuplicateKey(error) || attempt > DUPLICATE_RETRIES) throw error;
    }
  }
}

/** Ends a write: its transforms are marked by its transaction. */
async function stored(
  { connection, session, dataSet }: WriteContext,
  range: WrittenRange | undefined,
): Promise<WriteOutcome> {
  const calls = range === undefined ? [] : await markTransforms(connection, dataSet, range, 0, session);
  return { kind: 'stored', calls };
}

/** Everything that changes records. */
export function createWriting({ run }: MongoConnection): Writing {
  const prepared = new Map<string, Promise<unknown>>();
  const prepareReceipts = createReceiptsIndex();
  const lastLarge = new Map<string, Promise<unknown>>();

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

  let lookedAt = 0;

  /** Now and then, beside a write: nobody waits for it, and who fails at it tries again. */
  const lookForAbandoned = (connection: Connection) => {
    if (Date.now() - lookedAt < LOOK_MILLISECONDS) return;
    lookedAt = Date.now();
    undoAbandoned(connection).catch(() => undefined);
  };

  /** One transaction over a data set's records, which leaves a capped one within its size unless it is a part. */
  const writing = <T>(
    dataSet: DataSet,
    work: (context: WriteContext) => Promise<T>,
    { isPart = false } = {},
  ): Promise<T> =>
    run(async (connection) => {
      // The documents of this collection are those of toDocument.
      const records = recordsCollection(connection, dataSet) as unknown as Records;
      const { capped_size: cappedSize } = dataSet.settings;
      await prepare(connection, dataSet, records);
      lookForAbandoned(connection);
      const result = await retryDuplicates(() =>
        connection.transaction(async (session) => {
          const context = { connection, session, dataSet, records };
          if (cappedSize !== null) await takeTurns(session, connection, dataSet);
          const worked = await work(context);
          if (cappedSize !== null && !isPart) await dropOldest(context, cappedSize);
          return worked;
        }),
      );
      await checkNotRemoved(connection, dataSet, records);
      return result;
    });

  /** Begins a write that must happen once: what there is already, or nothing when it is ours to do. */
  const enter = async (
    { connection, session, dataSet }: WriteContext,
    receipt: Receipt,
  ): Promise<WriteOutcome | undefined> => {
    const known = await findReceipt(connection, dataSet, receipt.keyHash, session);
    if (known !== undefined) return { kind: 'known', receipt: known };
    if (!(await writeReceipt(session, connection, dataSet, receipt))) throw inFlight;
    return undefined;
  };

  const writeAtOnce = (dataSet: DataSet, batches: Batches, receipt: Receipt | undefined) =>
    writing(dataSet, async (context): Promise<WriteOutcome> => {
      const known = receipt && (await enter(context, receipt));
      if (known !== undefined) return known;
      let count = 0;
      let range: WrittenRange | undefined;
      for await (const batch of batches()) {
        count += batch.length;
        range = writtenRange(batch, range);
        if (count > MOST_AT_ONCE) throw tooMany;
        if (batch.length > 0) await writeBatch(context, toDocuments(dataSet, batch));
      }
      return stored(context, range);
    });

  /** Waits for another large upload of the data set, for as long as a client may be expected to. */
  const openUpload = async (connection: Connection, dataSet: DataSet, keyHash: string | null) => {
    for (let waited = 0; ; waited += WAIT_MILLISECONDS) {
      const opened = await openLargeUpload(connection, dataSet, keyHash);
      if (!('busyWith' in opened)) return opened;
      if (keyHash !== null && opened.busyWith === keyHash) throw inFlight;
      if (waited >= MOST_WAIT_MILLISECONDS) {
        throw problem('unavailable', 'Another large upload is being stored', {
          headers: { 'Retry-After': '5' },
        });
      }
      await setTimeout(WAIT_MILLISECONDS);
    }
  };

  /** Each batch in a transaction of its own, in an upload that is undone unless the last one ends it. */
  const writeInParts = (dataSet: DataSet, batches: Batches, receipt: Receipt | undefined) =>
    run(async (connection): Promise<WriteOutcome> => {
      const known = receipt && (await findReceipt(connection, dataSet, receipt.keyHash));
      if (known !== undefined) return { kind: 'known', receipt: known };
      const upload = await openUpload(connection, dataSet, receipt?.keyHash ?? null);
      try {
        let range: WrittenRange | undefined;
        for await (const batch of batches()) {
          const documents = toDocuments(dataSet, batch).map((document) => ({
            ...document,
            [MARK]: upload.mark,
          }));
          range = writtenRange(batch, range);
          if (documents.length === 0) continue;
          const writePart = async (context: WriteContext) => {
            await upload.keepReplaced(
              context,
              documents.map(({ _id }) => _id),
            );
            await writeBatch(context, documents);
          };
          await writing(dataSet, writePart, { isPart: true });
        }
        return await writing(dataSet, async (context) => {
          const another = receipt && (await enter(context, receipt));
          if (another !== undefined) return another;
          await upload.finish(context);
          return stored(context, range);
        });
      } finally {
        await upload.close();
      }
    });

  /** Large transactions over the same records would begin anew each time that another of them ends. */
  const oneAfterAnother = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const before = lastLarge.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    lastLarge.set(id, mine);
    try {
      return await mine;
    } finally {
      if (lastLarge.get(id) === mine) lastLarge.delete(id);
    }
  };

  return {
    upsert: async (dataSet, batch) => {
      const documents = toDocuments(dataSet, batch);
      if (documents.length > 0) await writing(dataSet, (context) => writeBatch(context, documents));
    },
    upsertAll: async (dataSet, batches, receipt) => {
      if (receipt !== undefined) await run(prepareReceipts);
      const write = () =>
        writeAtOnce(dataSet, batches, receipt).catch((error: unknown) => {
          const isTooLarge = error instanceof ProblemError && error.code === 'too_large';
          if (error !== tooMany && !isTooLarge) throw error;
          return writeInParts(dataSet, batches, receipt);
        });
      try {
        // Once for a key: a twin is to be refused, not to wait. Others would only undo each other.
        return await (receipt === undefined ? oneAfterAnother(dataSet.id, write) : write());
      } catch (error) {
        // Thrown, not returned: a transaction with a refused statement cannot be committed.
        if (error === inFlight) return { kind: 'in flight' };
        throw error;
      }
    },
    modify: (dataSet, id, change) =>
      writing(dataSet, async (context) => {
        const { records, session } = context;
        const stored = await records.findOne({ _id: { $eq: id } }, { session });
        if (stored === null) return false;
        const { updatedAt: _savedBefore, ...current } = toMovedRecord(fromDocument(stored));
        await writeBatch(context, toDocuments(dataSet, [change(current)]));
        return true;
      }),
    remove: (dataSet, id) =>
      run(async (connection) => (await removeRecords(connection, dataSet, { _id: { $eq: id } })) > 0),
    trim: (dataSet) => writing(dataSet, async () => undefined),
  };
}

/** What ends a transaction that would become too large. */
const tooMany = new Error('more records than one transaction takes');

/** What ends a transaction that a twin came before. */
const inFlight = new Error('another request with this key is being stored');
