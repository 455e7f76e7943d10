import type { ClientSession, mongo } from 'mongoose';
import { addNumbers, type NumberValue } from '../numbers/number-value.ts';
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

/**
 * A decimal holds 34 digits, and the sum of large and small ones would lose the last; whole parts and
 * fractions are added up apart, each exact, and put together by us.
 */
function totalFields(key: string, index: number): Record<string, mongo.Document> {
  const number = numberExpression(key);
  const whole = { $toDecimal: { $trunc: number } };
  return {
    [`t${index}_count`]: whenever({ $ne: [{ $type: `$${key}` }, 'missing'] }),
    [`t${index}_numbers`]: whenever({ $ne: [number, null] }),
    [`t${index}_whole`]: { $sum: whole },
    [`t${index}_fraction`]: { $sum: { $subtract: [{ $toDecimal: number }, whole] } },
    [`t${index}_min`]: { $min: number },
    [`t${index}_max`]: { $max: number },
  };
}

function numberFrom(value: unknown): NumberValue | null {
  const number = fromBson(value);
  return isNumberValue(number) ? number : null;
}

function totalsOf(document: GroupDocument, index: number): Totals {
  const part = (name: string) => numberFrom(document[`t${index}_${name}`]);
  const count = Number(part('count') ?? 0);
  return {
    count,
    uncountable: count - Number(part('numbers') ?? 0),
    sum: addNumbers(part('whole') ?? 0, part('fraction') ?? 0),
    min: part('min'),
    max: part('max'),
  };
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
  const totals = Object.assign({}, ...query.totals.map(totalFields));
  const documents = await run(context, [
    { $match: groupMatch(query) },
    { $group: { _id: groupId(query), count: { $sum: 1 }, ...totals } },
  ]);
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
