import { ProblemError, problem } from '@flyloft/common';
import { Big } from 'big.js';
import { LosslessNumber } from 'lossless-json';
import { answerQuery } from '../answers/answer-query.ts';
import type { DataSet } from '../catalogue/data-set.ts';
import { addPeriods, floorToPeriod, type Period } from '../periods/period.ts';
import type { Query } from '../query/query.ts';
import { parseBatch } from '../records/parse-batch.ts';
import type { DataRecord } from '../records/record.ts';
import { schemaOf } from '../schemas/compile-schema.ts';
import type { DataSets } from '../store/store.ts';
import { planTransform, type TransformPlan } from './plan.ts';
import { encodeId, momentOf, type TransformRow } from './row.ts';
import {
  MOST_DEPTH,
  outputPair,
  type TransformCall,
  type TransformTask,
  type Unfinished,
  type WrittenRange,
} from './transforms.ts';
import { writtenRange } from './written-range.ts';

interface Work {
  /** What to ask the input for; undefined when there is nothing to compute yet. */
  readonly query: Query | undefined;
  readonly unfinished?: Unfinished;
}

function workOf({ query, hasOwnWindow }: TransformPlan, range: WrittenRange | undefined, now: Date): Work {
  // A group over all time would be wrong for only a part of it.
  const isWhole = query.period === undefined && query.groupBy.length > 0;
  if (hasOwnWindow || isWhole) return { query };
  if (range === undefined) return { query: undefined };
  if (query.period === undefined) {
    return { query: { ...query, startAt: range.from, endAt: range.to, inclusive: true } };
  }
  return periodWork(query, query.period, range, now);
}

/** Whole periods. The last is left out while it is not over (data-sets.md 6), and seen to when it is. */
function periodWork(query: Query, period: Period, range: WrittenRange, now: Date): Work {
  const startAt = floorToPeriod(range.from, period);
  const end = addPeriods(floorToPeriod(range.to, period), period, 1);
  const current = floorToPeriod(now, period);
  if (end <= now) return { query: { ...query, startAt, endAt: end } };
  const from = new Date(Math.max(range.from.getTime(), current.getTime()));
  const dueAt = addPeriods(floorToPeriod(from, period), period, 1);
  return {
    query: startAt < current ? { ...query, startAt, endAt: current } : undefined,
    unfinished: { range: { from, to: range.to }, dueAt },
  };
}

function withFields(row: TransformRow, fields: Readonly<Record<string, unknown>>): TransformRow {
  const names = Object.entries(fields);
  if (names.length === 0) return row;
  const suffix = names.map(([key, value]) => `${key}:${String(value)}`).join('_');
  return { ...fields, ...row, _id: encodeId(String(row._id ?? ''), suffix) };
}

/** A row in the form in which clients send records. */
function toRaw(row: TransformRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => {
        if (value instanceof Date) return [key, value.toISOString()];
        return [key, value instanceof Big ? new LosslessNumber(value.toString()) : value];
      }),
  );
}

/** Output goes through the same rules as everybody's records. */
function toRecords(rows: readonly TransformRow[], output: DataSet): readonly DataRecord[] {
  const { auto_ids: autoIds } = output.settings;
  const batch = parseBatch(rows.map(toRaw), { autoIds, schema: schemaOf(output) });
  if ('records' in batch) return batch.records;
  const [first] = batch.errors;
  throw problem('unprocessable', `The result is no record: ${first?.message}`);
}

/** The data set to write to, made like the input when it is not there, with the same token. */
async function openOutput({ catalogue }: DataSets, task: TransformTask, input: DataSet): Promise<DataSet> {
  const pair = outputPair(task.definition, input);
  const found = await catalogue.findByPair(pair);
  if (found !== undefined) return found;
  const name = `${pair.dataGroup}_${pair.dataType}`.replaceAll('-', '_');
  const created = await catalogue.create({
    ...pair,
    name,
    tokenHash: input.tokenHash,
    settings: { ...input.settings, auto_ids: null, schema: null, upload_filters: [], upload_format: 'csv' },
  });
  const output = created ?? (await catalogue.findByPair(pair));
  if (output === undefined) throw problem('conflict', `The name "${name}" belongs to another data set`);
  return output;
}

/** Drops rows that are older than what the output has under their ids. */
async function withoutBackfill(
  { store }: DataSets,
  output: DataSet,
  rows: readonly TransformRow[],
): Promise<TransformRow[]> {
  const kept: TransformRow[] = [];
  for (const row of rows) {
    const filters = [{ kind: 'equals', key: '_id', value: String(row._id) }] as const;
    const [stored] = await store.find(output, { filters, inclusive: false, limit: 1 });
    const moment = momentOf(row);
    const newer = stored?._timestamp instanceof Date && moment !== undefined && stored._timestamp > moment;
    if (!newer) kept.push(row);
  }
  return kept;
}

interface Outcome {
  readonly calls: readonly TransformCall[];
  readonly unfinished?: Unfinished;
}

async function runOnce(dataSets: DataSets, task: TransformTask, now: Date): Promise<Outcome> {
  if (task.depth > MOST_DEPTH) {
    throw problem('unprocessable', `More than ${MOST_DEPTH} transforms feed one another: is it a loop?`);
  }
  const input = await dataSets.catalogue.findByName(task.dataSetName);
  if (input === undefined || input.id !== task.dataSetId) return { calls: [] };
  const plan = planTransform(task.definition, input);
  const { query, unfinished } = workOf(plan, task.range, now);
  const calls = query === undefined ? [] : await compute(dataSets, { task, input, plan, query, now });
  return { calls, ...(unfinished && { unfinished }) };
}

interface Computation {
  readonly task: TransformTask;
  readonly input: DataSet;
  readonly plan: TransformPlan;
  readonly query: Query;
  readonly now: Date;
}

/** Asks, computes, stores; answers the transforms of the output that must be called. */
async function compute(
  dataSets: DataSets,
  { task, input, plan, query, now }: Computation,
): Promise<TransformCall[]> {
  const { store, transforms } = dataSets;
  const { data, truncated } = await answerQuery(query, { store, dataSet: input, now });
  if (truncated) throw problem('too_large', 'The query matches more records than a transform can take');
  const computed = plan.compute(data).map((row) => withFields(row, plan.additionalFields));
  const output = await openOutput(dataSets, task, input);
  const rows = plan.keepsNewest ? await withoutBackfill(dataSets, output, computed) : computed;
  const records = toRecords(rows, output);
  if (records.length === 0) return [];
  await store.upsert(output, records);
  const range = writtenRange(records);
  return range === undefined ? [] : transforms.mark(output, range, task.depth + 1);
}

/** As people may read it: never an internal message. */
function reasonOf(error: unknown): string {
  if (error instanceof ProblemError && error.status !== 500) return error.message;
  return 'A fault of the platform, which has been logged';
}

/** Each write that comes during a run asks for one more; then it is somebody else's turn. */
const MOST_ROUNDS = 10;

/**
 * Does what a transform has pending, until nothing is. Doing it twice, or two at once, ends in the same
 * records: ids are computed, and a run that began before the newest write is followed by another.
 * @returns the transforms of the output that must be called now.
 * @throws what went wrong, once it stands in the transform's status.
 */
export async function runTransform(
  dataSets: DataSets,
  id: string,
  clock: () => Date = () => new Date(),
): Promise<TransformCall[]> {
  const calls = new Map<string, TransformCall>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const task = await dataSets.transforms.begin(id);
    if (!task?.isPending) break;
    try {
      const { calls: made, unfinished } = await runOnce(dataSets, task, clock());
      for (const call of made) calls.set(call.id, call);
      if (await dataSets.transforms.succeed(task, clock(), unfinished)) break;
    } catch (error) {
      await dataSets.transforms.fail(task, clock(), reasonOf(error));
      throw error;
    }
  }
  return [...calls.values()];
}
