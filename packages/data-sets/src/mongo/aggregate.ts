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

function groupMatch(query: AggregateQuery): mongo.Document {
  const present = [...query.groupBy, ...(query.period ? ['_timestamp'] : [])];
  return { $and: [matchOf(query), ...present.map((key) => ({ [key]: { $ne: null } }))] };
}

function whenever(condition: mongo.Document): mongo.Document {
  return { $sum: { $cond: [condition, 1, 0] } };
}

/** Which sums of a query take MongoDB's own `$sum`, and which have to be exact beyond its digits. */
interface TotalOptions {
  readonly extremes: boolean;
  readonly exact: boolean;
}

/**
 * Integers are summed by `$sum` itself, four times as fast. With decimals among them it keeps 34 digits, and the
 * sum of large and small ones would lose the last: then whole parts and fractions are added up apart, each
 * exact, and put together by us.
 */
function totalFields(
  key: string,
  index: number,
  { extremes, exact }: TotalOptions,
): Record<string, mongo.Document> {
  const field = `$${key}`;
  const type = { $type: field };
  const number = numberExpression(key);
  const whole = { $toDecimal: { $trunc: number } };
  return {
    [`t${index}_missing`]: whenever({ $eq: [type, 'missing'] }),
    [`t${index}_uncountable`]: whenever({ $in: [type, ['string', 'null']] }),
    ...(exact
      ? {
          [`t${index}_whole`]: { $sum: whole },
          [`t${index}_fraction`]: { $sum: { $subtract: [{ $toDecimal: number }, whole] } },
        }
      : {
          [`t${index}_integers`]: { $sum: field },
          [`t${index}_trues`]: whenever({ $eq: [field, true] }),
        }),
    ...(extremes && { [`t${index}_min`]: { $min: number }, [`t${index}_max`]: { $max: number } }),
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
  const names = ['whole', 'fraction', 'integers', 'trues'];
  return {
    count: document.count - Number(part('missing') ?? 0),
    uncountable: Number(part('uncountable') ?? 0),
    sum: names.map((name) => part(name) ?? 0).reduce(addNumbers, 0),
    min: part('min'),
    max: part('max'),
  };
}

/** False: decimals were among the summands, or the sum has outgrown 64 bits. */
function isExactSum(sum: unknown): boolean {
  return sum === undefined || Number.isSafeInteger(sum) || sum instanceof mongo.Long;
}

function groupKeys({ _id }: GroupDocument, { groupBy }: AggregateQuery): RecordValue[] {
  // Keys of records hold no dates.
  return groupBy.map((_key, index) => fromBson(_id[`g${index}`]) as RecordValue);
}

function identity(document: GroupDocument, query: AggregateQuery): string {
  return `${document._id.start?.getTime()} ${groupKeys(document, query).map(identityOf).join(' ')}`;
}

function run(
  { records, timeLimit, session }: AggregateContext,
  stages: mongo.Document[],
): Promise<GroupDocument[]> {
  const options = { allowDiskUse: true, ...timeLimit, ...(session && { session }) };
  return records.aggregate<GroupDocument>(stages, options).toArray();
}

function readGroups(
  context: AggregateContext,
  query: AggregateQuery,
  exact: ReadonlySet<string>,
): Promise<GroupDocument[]> {
  const totals = query.totals.map((key, index) =>
    totalFields(key, index, { extremes: query.extremes.includes(key), exact: exact.has(key) }),
  );
  return run(context, [
    { $match: groupMatch(query) },
    { $group: Object.assign({ _id: groupId(query), count: { $sum: 1 } }, ...totals) },
  ]);
}

async function readTallies(
  context: AggregateContext,
  query: AggregateQuery,
  key: string,
): Promise<Map<string, Tally[]>> {
  const documents = await run(context, [
    { $match: { $and: [groupMatch(query), { [key]: { $exists: true } }] } },
    { $group: { _id: { ...groupId(query), v: `$${key}` }, count: { $sum: 1 } } },
  ]);
  const tallies = new Map<string, Tally[]>();
  for (const document of documents) {
    const name = identity(document, query);
    const list = tallies.get(name) ?? [];
    tallies.set(name, list);
    // Keys of records hold no dates.
    list.push({ value: fromBson(document._id.v) as RecordValue, count: document.count });
  }
  return tallies;
}

/** Groups of a collection; with tallies it takes several queries, which a session holds to one state. */
export async function aggregateRecords(context: AggregateContext, query: AggregateQuery): Promise<Group[]> {
  let documents = await readGroups(context, query, new Set());
  const inexact = query.totals.filter((_key, index) =>
    documents.some((document) => !isExactSum(document[`t${index}_integers`])),
  );
  if (inexact.length > 0) documents = await readGroups(context, query, new Set(inexact));
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
