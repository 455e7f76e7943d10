import { type ClientSession, mongo } from 'mongoose';
import { addNumbers, type NumberValue, readNumber } from '../numbers/number-value.ts';
import { periodKey } from '../periods/period.ts';
import type { RecordValue } from '../records/record.ts';
import type { AggregateQuery, Group, Tally, Totals } from '../store/store.ts';
import { identityOf, isNumberValue } from '../values/value.ts';
import { fromBson } from './documents.ts';
import { matchOf, numberExpression } from './match.ts';

export interface AggregateContext {
  readonly records: mongo.Collection;
  readonly timeLimit: { readonly maxTimeMS: number };
  readonly session?: ClientSession;
  /** Reads all records in the order of storage, past the index. */
  readonly inOrder?: boolean;
}

/** Fields are named by position: g0… group keys, start, v a value, t0_… totals. */
interface GroupDocument extends mongo.Document {
  readonly _id: Readonly<Record<string, unknown>> & { readonly start?: Date };
  readonly count: number;
}

function groupId({ groupBy, period }: AggregateQuery): Record<string, string> {
  return {
    ...Object.fromEntries(groupBy.map((key, index) => [`g${index}`, `$${key}`])),
    ...(period && { start: `$${periodKey(period)}` }),
  };
}

/** False: a group of records in which a key, or the timestamp, is null or missing. Asking MongoDB to leave them out takes longer. */
function isGroup({ _id }: GroupDocument, { groupBy, period }: AggregateQuery): boolean {
  const names = [...groupBy.map((_key, index) => `g${index}`), ...(period ? ['start'] : [])];
  return names.every((name) => _id[name] !== null && _id[name] !== undefined);
}

function whenever(condition: mongo.Document): mongo.Document {
  return { $sum: { $cond: [condition, 1, 0] } };
}

/** How the totals of one key are computed. */
interface TotalOptions {
  readonly extremes: boolean;
  /** False: as if all values were integers, which nearly always they are. */
  readonly thorough: boolean;
}

/**
 * Integers are summed by `$sum` itself, and all that is asked beside is whether there was anything else: a
 * third of the time. The mean tells: it is the sum divided by how many numbers there were (0.83 s for a million records;
 * with two comparisons of each value 1.1 to 1.6). Decimals it adds with 34 digits, and the sum of large and small ones would lose the last: then
 * whole parts and fractions are added up apart, each exact, and put together by us.
 */
function totalFields(
  key: string,
  index: number,
  { extremes, thorough }: TotalOptions,
): Record<string, mongo.Document> {
  const field = `$${key}`;
  const number = numberExpression(key);
  const least = extremes && { [`t${index}_min`]: { $min: number }, [`t${index}_max`]: { $max: number } };
  if (!thorough) {
    return {
      [`t${index}_mean`]: { $avg: field },
      [`t${index}_integers`]: { $sum: field },
      ...least,
    };
  }
  const type = { $type: field };
  const whole = { $toDecimal: { $trunc: number } };
  return {
    [`t${index}_missing`]: whenever({ $eq: [type, 'missing'] }),
    [`t${index}_uncountable`]: whenever({ $in: [type, ['string', 'null']] }),
    [`t${index}_whole`]: { $sum: whole },
    [`t${index}_fraction`]: { $sum: { $subtract: [{ $toDecimal: number }, whole] } },
    ...least,
  };
}

function numberFrom(value: unknown): NumberValue | null {
  // A sum may be a Long that no double holds.
  if (value instanceof mongo.Long) return readNumber(value.toString());
  const number = fromBson(value);
  return isNumberValue(number) ? number : null;
}

function totalsOf(document: GroupDocument, index: number): Totals {
  const part = (name: string) => numberFrom(document[`t${index}_${name}`]);
  const names = ['whole', 'fraction', 'integers'];
  return {
    count: document.count - Number(part('missing') ?? 0),
    uncountable: Number(part('uncountable') ?? 0),
    sum: names.map((name) => part(name) ?? 0).reduce(addNumbers, 0),
    min: part('min'),
    max: part('max'),
  };
}

/** How many numbers a group summed; undefined: a sum of 0 does not tell. */
function countNumbers(document: GroupDocument, index: number): number | undefined {
  const [sum, mean] = [Number(document[`t${index}_integers`]), Number(document[`t${index}_mean`])];
  // Both are within a 2^-52th of what they stand for, and groups have less than 2^50 records.
  return sum === 0 ? undefined : Math.round(sum / mean);
}

/** False: there were other values than integers, or the sum has outgrown 64 bits. Of a sum of 0 it is not known. */
function isPlainSum(document: GroupDocument, index: number): boolean {
  const sum: unknown = document[`t${index}_integers`];
  if (!Number.isSafeInteger(sum) && !(sum instanceof mongo.Long)) return false;
  return (countNumbers(document, index) ?? document.count) === document.count;
}

/** True where a sum of 0 may be one of values that are no numbers, and such a value is found. */
async function hasOthers(
  { records, timeLimit, session }: AggregateContext,
  query: AggregateQuery,
  documents: readonly GroupDocument[],
  index: number,
): Promise<boolean> {
  if (documents.every((document) => countNumbers(document, index) !== undefined)) return false;
  const other = { [query.totals[index] ?? '']: { $not: { $type: 'number' } } };
  const options = { projection: { _id: 1 }, ...timeLimit, ...(session && { session }) };
  return (await records.findOne({ $and: [matchOf(query), other] }, options)) !== null;
}

function groupKeys({ _id }: GroupDocument, { groupBy }: AggregateQuery): RecordValue[] {
  // Keys of records hold no dates.
  return groupBy.map((_key, index) => fromBson(_id[`g${index}`]) as RecordValue);
}

function identity(document: GroupDocument, query: AggregateQuery): string {
  return `${document._id.start?.getTime()} ${groupKeys(document, query).map(identityOf).join(' ')}`;
}

const MONTH_MILLISECONDS = 31 * 86_400_000;

/**
 * How to read the records of a range. When it holds most of them, reading them one after the other takes half the
 * time of going through the index on `_timestamp`, which MongoDB would choose all the same; when it
 * holds all of them, a period query need not look at the range either.
 */
async function wayOfReading(
  { records, session }: AggregateContext,
  query: AggregateQuery,
): Promise<{ inOrder: boolean; query: AggregateQuery }> {
  const { startAt, endAt, ...unbounded } = query;
  // Not worth two more ways to the database.
  if (!startAt || !endAt || endAt.getTime() - startAt.getTime() <= MONTH_MILLISECONDS) {
    return { inOrder: false, query };
  }
  const outermost = async (direction: 1 | -1): Promise<number> => {
    const found = await records
      .find({ _timestamp: { $type: 'date' } }, { projection: { _timestamp: 1 }, ...(session && { session }) })
      .sort({ _timestamp: direction })
      .limit(1)
      .next();
    const timestamp: unknown = found?._timestamp;
    return timestamp instanceof Date ? timestamp.getTime() : Number.NaN;
  };
  const [first, last] = [await outermost(1), await outermost(-1)];
  // Only a session sees them all at the same moment, and only groups by period leave out records without a timestamp.
  const isAll = session && query.period && first >= startAt.getTime() && last < endAt.getTime();
  if (isAll) return { inOrder: true, query: unbounded };
  const inRange = Math.min(last, endAt.getTime()) - Math.max(first, startAt.getTime());
  return { inOrder: inRange > (last - first) / 2, query };
}

function run(
  { records, timeLimit, session, inOrder }: AggregateContext,
  stages: mongo.Document[],
): Promise<GroupDocument[]> {
  const hint = inOrder ? { hint: { $natural: 1 } } : {};
  const options = { allowDiskUse: true, ...timeLimit, ...(session && { session }), ...hint };
  return records.aggregate<GroupDocument>(stages, options).toArray();
}

async function readGroups(
  context: AggregateContext,
  query: AggregateQuery,
  thorough: ReadonlySet<string>,
): Promise<GroupDocument[]> {
  const totals = query.totals.map((key, index) =>
    totalFields(key, index, { extremes: query.extremes.includes(key), thorough: thorough.has(key) }),
  );
  const documents = await run(context, [
    { $match: matchOf(query) },
    { $group: Object.assign({ _id: groupId(query), count: { $sum: 1 } }, ...totals) },
  ]);
  return documents.filter((document) => isGroup(document, query));
}

async function readTallies(
  context: AggregateContext,
  query: AggregateQuery,
  key: string,
): Promise<Map<string, Tally[]>> {
  const documents = await run(context, [
    { $match: { $and: [matchOf(query), { [key]: { $exists: true } }] } },
    { $group: { _id: { ...groupId(query), v: `$${key}` }, count: { $sum: 1 } } },
  ]);
  const tallies = new Map<string, Tally[]>();
  for (const document of documents.filter((one) => isGroup(one, query))) {
    const name = identity(document, query);
    const list = tallies.get(name) ?? [];
    tallies.set(name, list);
    // Keys of records hold no dates.
    list.push({ value: fromBson(document._id.v) as RecordValue, count: document.count });
  }
  return tallies;
}

/** Groups of a collection; with tallies it takes several queries, which a session holds to one state. */
export async function aggregateRecords(given: AggregateContext, asked: AggregateQuery): Promise<Group[]> {
  const { inOrder, query } = await wayOfReading(given, asked);
  const context = { ...given, inOrder };
  let documents = await readGroups(context, query, new Set());
  const mixed: string[] = [];
  for (const [index, key] of query.totals.entries()) {
    const isPlain = documents.every((document) => isPlainSum(document, index));
    if (!isPlain || (await hasOthers(context, query, documents, index))) mixed.push(key);
  }
  if (mixed.length > 0) documents = await readGroups(context, query, new Set(mixed));
  const tallies = new Map<string, Map<string, Tally[]>>();
  for (const key of query.tallies) tallies.set(key, await readTallies(context, query, key));
  return documents.map((document) => ({
    keys: groupKeys(document, query),
    ...(document._id.start && { start: document._id.start }),
    count: document.count,
    totals: new Map(query.totals.map((key, index) => [key, totalsOf(document, index)])),
    tallies: new Map(
      query.tallies.map((key) => [key, tallies.get(key)?.get(identity(document, query)) ?? []]),
    ),
  }));
}
