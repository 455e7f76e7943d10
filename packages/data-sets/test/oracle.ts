import { addNumbers, compareNumbers, type NumberValue } from '../src/numbers/number-value.ts';
import type { RangeEnds } from '../src/query/query.ts';
import type { DataRecord, RecordValue, StoredRecord } from '../src/records/record.ts';
import type {
  AggregateQuery,
  FindQuery,
  Group,
  RecordStore,
  Selection,
  Tally,
  Totals,
} from '../src/store/store.ts';

/*
 * A slow store in memory, written from the text of data-sets.md and sharing none of the engines' ways:
 * it walks a list of records for every question. The shaping above stores is tested by examples.
 */

function weekOf(time: Date): Date {
  const day = new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()));
  while (day.getUTCDay() !== 1) day.setUTCDate(day.getUTCDate() - 1);
  return day;
}

function startOf(time: Date, period: AggregateQuery['period']): Date {
  const [year, month, day] = [time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()];
  if (period === 'hour') return new Date(Date.UTC(year, month, day, time.getUTCHours()));
  if (period === 'day') return new Date(Date.UTC(year, month, day));
  if (period === 'week') return weekOf(time);
  if (period === 'month') return new Date(Date.UTC(year, month));
  if (period === 'quarter') return new Date(Date.UTC(year, Math.floor(month / 3) * 3));
  return new Date(Date.UTC(year, 0));
}

function isIn({ timestamp }: DataRecord, { startAt, endAt, inclusive }: Selection): boolean {
  if (startAt === undefined && endAt === undefined) return true;
  if (timestamp === undefined) return false;
  if (startAt && timestamp < startAt) return false;
  return !endAt || timestamp < endAt || (inclusive && timestamp.getTime() === endAt.getTime());
}

function isBetween(value: RecordValue | undefined, ends: RangeEnds): boolean {
  if (ends.of === 'dates') throw new Error('the oracle knows no dates');
  const isComparable =
    ends.of === 'texts' ? typeof value === 'string' : typeof value === 'number' || typeof value === 'object';
  if (!isComparable || value === undefined || value === null) return false;
  const low = ends.low ?? value;
  const high = ends.high ?? value;
  return compareCells(low, value) <= 0 && compareCells(value, high) <= 0;
}

function passes(record: DataRecord, selection: Selection): boolean {
  const fits = selection.filters.every((filter) => {
    const value = filter.key === '_id' ? record.id : record.values.get(filter.key);
    if (filter.kind === 'equals') return value === filter.value;
    if (filter.kind === 'not') return value !== filter.value;
    if (filter.kind === 'range') return isBetween(value, filter.ends);
    return typeof value === 'string' && value.startsWith(filter.prefix);
  });
  return fits && isIn(record, selection);
}

function asNumber(value: RecordValue): NumberValue | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value === null || typeof value === 'string' ? undefined : value;
}

function totalsOf(values: RecordValue[]): Totals {
  const numbers = values.map(asNumber).filter((number) => number !== undefined);
  const sorted = [...numbers].sort(compareNumbers);
  return {
    count: values.length,
    uncountable: values.length - numbers.length,
    sum: numbers.reduce(addNumbers, 0),
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
  };
}

function nameOf(value: RecordValue): string {
  return `${value === null ? 'null' : typeof value === 'object' ? 'number' : typeof value} ${value}`;
}

function talliesOf(values: RecordValue[]): Tally[] {
  const names = [...new Set(values.map(nameOf))];
  return names.map((name) => {
    const same = values.filter((value) => nameOf(value) === name);
    return { value: same[0] ?? null, count: same.length };
  });
}

/** Position in the order null < booleans and numbers < text; text by its UTF-8 bytes, which is by code point. */
function compareCells(left: RecordValue, right: RecordValue): number {
  const rank = (value: RecordValue) => (value === null ? 0 : typeof value === 'string' ? 2 : 1);
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return compareNumbers(asNumber(left) ?? 0, asNumber(right) ?? 0);
}

export function createOracle(): Pick<RecordStore, 'upsert' | 'find' | 'aggregate'> {
  const records = new Map<string, DataRecord>();
  const select = (selection: Selection) =>
    [...records.values()].filter((record) => passes(record, selection));
  const valuesOf = (list: DataRecord[], key: string) =>
    list.filter(({ values }) => values.has(key)).map(({ values }) => values.get(key) ?? null);

  return {
    upsert: async (_dataSet, batch) => {
      for (const record of batch) records.set(record.id, record);
    },
    find: async (_dataSet, query: FindQuery) => {
      const found = select(query);
      const { sort } = query;
      if (sort) {
        const sign = sort.direction === 'ascending' ? 1 : -1;
        found.sort(
          (a, b) => sign * compareCells(a.values.get(sort.by) ?? null, b.values.get(sort.by) ?? null),
        );
      }
      // Only the client's keys and the id: the rest is told by the time of the write.
      return found
        .slice(query.skip ?? 0, (query.skip ?? 0) + query.limit)
        .map(({ id, values }): StoredRecord => ({ _id: id, ...Object.fromEntries(values) }));
    },
    aggregate: async (_dataSet, query) => {
      const groups = new Map<string, { keys: RecordValue[]; start?: Date; list: DataRecord[] }>();
      for (const record of select(query)) {
        const keys = query.groupBy.map((key) => record.values.get(key) ?? null);
        const { timestamp } = record;
        if (keys.includes(null) || (query.period && timestamp === undefined)) continue;
        const start = query.period && timestamp && startOf(timestamp, query.period);
        const name = [...keys.map(nameOf), start?.toISOString()].join('|');
        const group = groups.get(name) ?? { keys, ...(start && { start }), list: [] };
        group.list.push(record);
        groups.set(name, group);
      }
      return [...groups.values()].map(
        ({ keys, start, list }): Group => ({
          keys,
          ...(start && { start }),
          count: list.length,
          totals: new Map(
            query.totals.map((key) => {
              const totals = totalsOf(valuesOf(list, key));
              const isAsked = query.extremes.includes(key);
              return [key, isAsked ? totals : { ...totals, min: null, max: null }];
            }),
          ),
          tallies: new Map(query.tallies.map((key) => [key, talliesOf(valuesOf(list, key))])),
        }),
      );
    },
  };
}
