import type { DataRecord, RecordValue } from '../records/record.ts';
import type { Batches } from '../store/store.ts';
import { typeOf } from './layout.ts';

/**
 * What many records need of a table's layout, in the memory of few: for each key a value of each type
 * that it has. Growing a layout by these does the same as growing it by the records.
 */
export async function needsOf(batches: Batches): Promise<readonly DataRecord[]> {
  const seen = new Set<string>();
  const samples: DataRecord[] = [];
  const add = (key: string, value: RecordValue) => {
    const kind = `${value === null ? 'null' : typeOf(value)} ${key}`;
    if (seen.has(kind)) return;
    seen.add(kind);
    samples.push({ id: '', values: new Map([[key, value]]) });
  };
  for await (const records of batches()) {
    for (const { values } of records) for (const [key, value] of values) add(key, value);
  }
  return samples;
}
