import { type NumberValue, numberText, readNumber } from '../numbers/number-value.ts';
import type { RecordValue } from '../records/record.ts';
import type { Group } from '../store/store.ts';

/** Plain JSON, which is parsed ten times as fast as JSON with exact numbers: only a Big is written as text. */
type Written = null | boolean | string | number | { readonly big: string };

type WrittenTotals = [key: string, count: number, uncountable: number, ...sumMinMax: Written[]];
type WrittenTallies = [key: string, tallies: [value: Written, count: number][]];
type WrittenGroup = [keys: Written[], count: number, totals: WrittenTotals[], tallies: WrittenTallies[]];

function write(value: RecordValue): Written {
  return typeof value === 'object' && value !== null ? { big: numberText(value) } : value;
}

function read(value: Written | undefined): RecordValue {
  if (value === undefined) return null;
  return typeof value === 'object' && value !== null ? readNumber(value.big) : value;
}

function readMeasure(value: Written | undefined): NumberValue | null {
  // what writeGroups wrote: sums, least and greatest are numbers or null
  return read(value) as NumberValue | null;
}

/** The groups of one period as text. */
export function writeGroups(groups: readonly Group[]): string {
  const written = groups.map(
    ({ keys, count, totals, tallies }): WrittenGroup => [
      keys.map(write),
      count,
      [...totals].map(
        ([key, total]): WrittenTotals => [
          key,
          total.count,
          total.uncountable,
          write(total.sum),
          write(total.min),
          write(total.max),
        ],
      ),
      [...tallies].map(
        ([key, list]): WrittenTallies => [key, list.map(({ value, count: times }) => [write(value), times])],
      ),
    ],
  );
  return JSON.stringify(written);
}

/** The groups of the period that starts at `start`, exactly as they were written, from their parsed JSON. */
export function readGroups(json: unknown, start: Date): Group[] {
  // what writeGroups wrote
  const written = json as WrittenGroup[];
  return written.map(([keys, count, totals, tallies]) => ({
    keys: keys.map(read),
    start,
    count,
    totals: new Map(
      totals.map(([key, own, uncountable, sum, min, max]) => [
        key,
        {
          count: own,
          uncountable,
          sum: readMeasure(sum) ?? 0,
          min: readMeasure(min),
          max: readMeasure(max),
        },
      ]),
    ),
    tallies: new Map(
      tallies.map(([key, list]) => [
        key,
        list.map(([value, times]) => ({ value: read(value), count: times })),
      ]),
    ),
  }));
}
