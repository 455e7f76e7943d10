import type { ClientSession, Connection, mongo } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { RECEIPT_HOURS, type Receipt, type Receipts } from '../store/receipt.ts';
import { isDuplicateKey, type MongoConnection } from './connection.ts';

interface ReceiptDocument {
  readonly _id: string;
  readonly data_set: string;
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
  readonly created_at: Date;
}

const WRITE_CONFLICT = 112;

export function receiptsCollection(connection: Connection): mongo.Collection<ReceiptDocument> {
  // The documents of this collection are those of toDocument.
  return connection.collection('receipts') as unknown as mongo.Collection<ReceiptDocument>;
}

function toDocument({ id }: Pick<DataSet, 'id'>, { keyHash, ...answer }: Receipt): ReceiptDocument {
  return { _id: `${id}:${keyHash}`, data_set: id, ...answer, created_at: new Date() };
}

/** MongoDB removes old receipts by an index, but only once a minute: a reader looks for itself. */
export async function findReceipt(
  connection: Connection,
  { id }: Pick<DataSet, 'id'>,
  keyHash: string,
  session?: ClientSession,
): Promise<Receipt | undefined> {
  const since = new Date(Date.now() - RECEIPT_HOURS * 3_600_000);
  const found = await receiptsCollection(connection).findOne(
    { _id: { $eq: `${id}:${keyHash}` }, created_at: { $gt: since } },
    session === undefined ? {} : { session },
  );
  return found
    ? { keyHash, fingerprint: found.fingerprint, status: found.status, body: found.body }
    : undefined;
}

/** Keeps a receipt in the transaction of its write; false when another transaction is keeping one under this key. */
export async function writeReceipt(
  session: ClientSession,
  connection: Connection,
  dataSet: Pick<DataSet, 'id'>,
  receipt: Receipt,
): Promise<boolean> {
  const document = toDocument(dataSet, receipt);
  try {
    await receiptsCollection(connection).replaceOne({ _id: document._id }, document, {
      upsert: true,
      session,
    });
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    if (error instanceof Error && 'code' in error && error.code === WRITE_CONFLICT) return false;
    throw error;
  }
}

/** Makes the collection and the index that ages receipts, once a process. */
export function createReceiptsIndex(): (connection: Connection) => Promise<void> {
  let indexed: Promise<unknown> | undefined;
  return async (connection) => {
    indexed ??= receiptsCollection(connection).createIndex(
      { created_at: 1 },
      { expireAfterSeconds: RECEIPT_HOURS * 3_600 },
    );
    await indexed.catch((error: unknown) => {
      indexed = undefined;
      throw error;
    });
  };
}

export function createMongoReceipts({ run }: MongoConnection): Receipts {
  const prepare = createReceiptsIndex();
  return {
    find: (dataSet, keyHash) => run((connection) => findReceipt(connection, dataSet, keyHash)),
    keep: (dataSet, receipt) =>
      run(async (connection) => {
        await prepare(connection);
        const document = toDocument(dataSet, receipt);
        // Concurrent twins: whoever comes second finds it, and changes nothing.
        if (await findReceipt(connection, dataSet, receipt.keyHash)) return;
        await receiptsCollection(connection).replaceOne({ _id: document._id }, document, { upsert: true });
      }),
  };
}
