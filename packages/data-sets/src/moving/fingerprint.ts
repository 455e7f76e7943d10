import { createHash } from 'node:crypto';
import { renderJson } from '../answers/render-json.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import type { MovedRecord } from '../records/record.ts';
import type { RecordStore } from '../store/store.ts';

/** What two copies of a data set have in common exactly when they hold the same records in the same order. */
export interface Fingerprint {
  readonly records: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
}

/** One line of text for a record: every key, every digit, every date. */
function textOf({ id, timestamp, startAt, endAt, updatedAt, values }: MovedRecord): string {
  return renderJson([id, timestamp, startAt, endAt, updatedAt, Object.fromEntries(values)], {
    compact: true,
  });
}

/** Reads a whole data set. `onPage` is told how many records were read so far. */
export async function fingerprintOf(
  store: Pick<RecordStore, 'scan'>,
  dataSet: DataSet,
  pageSize: number,
  onPage: (records: number) => void = () => undefined,
): Promise<Fingerprint> {
  const hash = createHash('sha256');
  let records = 0;
  for await (const page of store.scan(dataSet, { pageSize })) {
    for (const { record } of page) hash.update(`${textOf(record)}\n`);
    records += page.length;
    onPage(records);
  }
  return { records, hash: hash.digest('hex') };
}
