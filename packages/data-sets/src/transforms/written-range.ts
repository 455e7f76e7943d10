import type { DataRecord } from '../records/record.ts';
import type { WrittenRange } from './transforms.ts';

/** The first and the last timestamp of records; undefined when none has one: no transform is run for those. */
export function writtenRange(
  records: readonly Pick<DataRecord, 'timestamp'>[],
  before?: WrittenRange,
): WrittenRange | undefined {
  let from = before?.from.getTime() ?? Number.POSITIVE_INFINITY;
  let to = before?.to.getTime() ?? Number.NEGATIVE_INFINITY;
  for (const { timestamp } of records) {
    if (timestamp === undefined) continue;
    const moment = timestamp.getTime();
    if (moment < from) from = moment;
    if (moment > to) to = moment;
  }
  return from > to ? undefined : { from: new Date(from), to: new Date(to) };
}
