import type { DataRecord } from '../records/record.ts';
import type { WrittenRange } from './transforms.ts';

/** The first and the last timestamp of records; undefined when none has one: no transform is run for those. */
export function writtenRange(
  records: readonly Pick<DataRecord, 'timestamp'>[],
  before?: WrittenRange,
): WrittenRange | undefined {
  let range = before;
  for (const { timestamp } of records) {
    if (timestamp === undefined) continue;
    range = {
      from: range && range.from < timestamp ? range.from : timestamp,
      to: range && range.to > timestamp ? range.to : timestamp,
    };
  }
  return range;
}
