import type { mongo } from 'mongoose';
import { isInternalKey } from '../records/keys.ts';
import type { StoredRecord } from '../records/record.ts';
import type { FindQuery } from '../store/store.ts';
import { fromDocument } from './documents.ts';
import { matchOf, numberExpression } from './match.ts';

const SORT_FIELDS = ['__rank', '__number', '__text'];

/** Null or missing < booleans and numbers < text by code point (data-sets.md A8.7), ties by arrival. */
function sortStages({ sort }: FindQuery): mongo.Document[] {
  if (sort === undefined) return [{ $sort: { _arrival: 1 } }];
  const direction = sort.direction === 'ascending' ? 1 : -1;
  // The server's keys hold one type each, which MongoDB orders as we do.
  if (isInternalKey(sort.by)) return [{ $sort: { [sort.by]: direction, _arrival: 1 } }];
  const field = `$${sort.by}`;
  const number = numberExpression(sort.by);
  const text = { $cond: [{ $eq: [{ $type: field }, 'string'] }, field, null] };
  const rank = { $cond: [{ $ne: [number, null] }, 1, { $cond: [{ $ne: [text, null] }, 2, 0] }] };
  return [
    { $set: { __rank: rank, __number: number, __text: text } },
    { $sort: { __rank: direction, __number: direction, __text: direction, _arrival: 1 } },
    { $unset: SORT_FIELDS },
  ];
}

export async function findRecords(
  records: mongo.Collection,
  query: FindQuery,
  timeLimit: { readonly maxTimeMS: number },
): Promise<StoredRecord[]> {
  const stages = [{ $match: matchOf(query) }, ...sortStages(query), { $limit: query.limit }];
  const documents = await records.aggregate(stages, { allowDiskUse: true, ...timeLimit }).toArray();
  return documents.map(fromDocument);
}
