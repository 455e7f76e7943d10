import { problem } from '@flyloft/common';
import { mongo } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { toMovedRecord } from '../records/moved-record.ts';
import type { ScannedRecord, ScanOptions } from '../store/store.ts';
import { hasDataSet, recordsCollection } from './catalogue.ts';
import type { MongoConnection } from './connection.ts';
import { fromDocument } from './documents.ts';

/** `<arrival> <id>`: two processes may have given two records the same arrival. */
function behind(after: string): mongo.Document {
  const [arrival = '', ...id] = after.split(' ');
  const _arrival = mongo.Long.fromString(arrival);
  return { $or: [{ _arrival: { $gt: _arrival } }, { _arrival, _id: { $gt: id.join(' ') } }] };
}

/** Reads a whole collection through one sorted cursor. */
export async function* scanRecords(
  { run }: MongoConnection,
  dataSet: DataSet,
  { pageSize, after }: ScanOptions,
): AsyncGenerator<readonly ScannedRecord[]> {
  const cursor = await run(async (connection) => {
    if (!(await hasDataSet(connection, dataSet))) throw problem('not_found', 'data_set not found');
    return recordsCollection(connection, dataSet)
      .find(after === undefined ? {} : behind(after), { promoteLongs: false })
      .sort({ _arrival: 1, _id: 1 })
      .allowDiskUse()
      .batchSize(pageSize);
  });
  try {
    let page: ScannedRecord[] = [];
    for (;;) {
      const document = await run(() => cursor.next());
      if (document !== null) {
        const position = `${String(document._arrival)} ${String(document._id)}`;
        page.push({ position, record: toMovedRecord(fromDocument(document)) });
      }
      if (page.length === pageSize || (document === null && page.length > 0)) {
        yield page;
        page = [];
      }
      if (document === null) return;
    }
  } finally {
    await cursor.close();
  }
}
