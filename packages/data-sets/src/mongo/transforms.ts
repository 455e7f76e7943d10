import { randomUUID } from 'node:crypto';
import { problem } from '@flyloft/common';
import { type ClientSession, type Connection, Types } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { type TransformDefinition, transformDefinitionSchema } from '../transforms/definition.ts';
import { MOST_FAILURES, outputPair, type Transform, type Transforms } from '../transforms/transforms.ts';
import { takeTurns } from './catalogue.ts';
import type { MongoConnection } from './connection.ts';
import { markTransforms } from './mark-transforms.ts';
import { type TransformDocument, transformsCollection } from './transform-documents.ts';

function readDefinition(text: string): TransformDefinition {
  return transformDefinitionSchema.parse(JSON.parse(text));
}

function toTransform(document: TransformDocument): Transform {
  return {
    id: document._id,
    definition: readDefinition(document.definition),
    status: {
      pending: document.pending_since !== undefined,
      lastRunAt: document.last_run_at ?? null,
      lastSuccessAt: document.last_success_at ?? null,
      lastError: document.last_error ?? null,
      failures: document.failures,
    },
  };
}

const toCall = ({ _id, version }: Pick<TransformDocument, '_id' | 'version'>) => ({ id: _id, version });

async function replaceDocuments(
  connection: Connection,
  dataSet: DataSet,
  definitions: readonly TransformDefinition[],
  session: ClientSession,
): Promise<void> {
  const transforms = transformsCollection(connection);
  await takeTurns(session, connection, dataSet);
  const left = await transforms
    .find({ data_set_id: dataSet.id }, { session })
    .sort({ position: 1 })
    .toArray();
  for (const [position, definition] of definitions.entries()) {
    const text = JSON.stringify(definition);
    const same = left.findIndex((document) => document.definition === text);
    const [kept] = same === -1 ? [] : left.splice(same, 1);
    if (kept) {
      await transforms.updateOne({ _id: kept._id }, { $set: { position } }, { session });
      continue;
    }
    const { after_writes, every_seconds } = definition;
    await transforms.insertOne(
      {
        ...{ _id: randomUUID(), data_set_id: dataSet.id, position, definition: text },
        ...{ after_writes, every_seconds, version: 0, depth: 0, failures: 0 },
        ...(every_seconds !== null && { due_at: new Date() }),
      },
      { session },
    );
  }
  await transforms.deleteMany({ _id: { $in: left.map(({ _id }) => _id) } }, { session });
}

/** The transforms in the collection `transforms`. */
export function createMongoTransforms({ connection, run }: MongoConnection): Transforms {
  const transforms = transformsCollection(connection);
  const inputs = connection.collection('data_sets');
  const inputsOf = async (ids: readonly string[]) => {
    const documents = await inputs.find({ _id: { $in: ids.map((id) => new Types.ObjectId(id)) } }).toArray();
    return new Map(documents.map((document) => [String(document._id), document]));
  };

  return {
    list: ({ id }) =>
      run(async () =>
        (await transforms.find({ data_set_id: id }).sort({ position: 1 }).toArray()).map(toTransform),
      ),
    replace: (dataSet, definitions) =>
      run(async () => {
        await transforms.createIndex({ data_set_id: 1 });
        if (!(await inputs.findOne({ _id: new Types.ObjectId(dataSet.id) }))) {
          throw problem('not_found', 'data_set not found');
        }
        await connection.transaction((session) =>
          replaceDocuments(connection, dataSet, definitions, session),
        );
      }),
    edges: ({ id }) =>
      run(async () => {
        const documents = await transforms.find({ data_set_id: { $ne: id } }).toArray();
        const found = await inputsOf(documents.map(({ data_set_id }) => data_set_id));
        return documents.flatMap(({ data_set_id, definition }) => {
          const input = found.get(data_set_id);
          if (input === undefined) return [];
          const from = { dataGroup: String(input.data_group), dataType: String(input.data_type) };
          return [{ from, to: outputPair(readDefinition(definition), from) }];
        });
      }),
    mark: (dataSet, range, depth) => run(() => markTransforms(connection, dataSet, range, depth)),
    due: (now, lostAfterSeconds) =>
      run(async () => {
        const calls = new Map<string, { id: string; version: number }>();
        const lostSince = new Date(now.getTime() - lostAfterSeconds * 1000);
        const lost = { pending_since: { $lte: lostSince }, failures: { $lt: MOST_FAILURES } };
        for (const found of await transforms.find(lost).toArray()) calls.set(found._id, toCall(found));
        for (const { _id, every_seconds } of await transforms.find({ due_at: { $lte: now } }).toArray()) {
          const next =
            every_seconds === null
              ? { $set: { failures: 0 }, $unset: { due_at: '' as const } }
              : { $set: { failures: 0, due_at: new Date(now.getTime() + every_seconds * 1000) } };
          const updated = await transforms.findOneAndUpdate(
            { _id, due_at: { $lte: now } },
            { $inc: { version: 1 }, $min: { pending_since: now }, ...next },
            { returnDocument: 'after' },
          );
          if (updated !== null) calls.set(_id, toCall(updated));
        }
        return [...calls.values()];
      }),
    begin: (_id) =>
      run(async () => {
        const document = await transforms.findOne({ _id });
        const input = document && (await inputsOf([document.data_set_id])).get(document.data_set_id);
        if (!document || !input) return undefined;
        const { pending_from: from, pending_to: to } = document;
        return {
          ...toCall(document),
          definition: readDefinition(document.definition),
          dataSetId: document.data_set_id,
          dataSetName: String(input.name),
          isPending: document.pending_since !== undefined,
          range: from && to ? { from, to } : undefined,
          depth: document.depth,
        };
      }),
    succeed: ({ id, version }, at, unfinished) =>
      run(async () => {
        const { range, dueAt } = unfinished ?? {};
        const later = range && { pending_from: range.from, pending_to: range.to };
        const { matchedCount } = await transforms.updateOne({ _id: id, version }, [
          { $unset: ['pending_since', 'pending_from', 'pending_to'] },
          {
            $set: {
              ...{ last_run_at: at, last_success_at: at, last_error: null, failures: 0, depth: 0 },
              ...later,
              due_at: {
                $cond: [{ $eq: ['$every_seconds', null] }, dueAt ?? '$$REMOVE', '$due_at'],
              },
            },
          },
        ]);
        return matchedCount === 1;
      }),
    fail: ({ id }, at, error) =>
      run(async () => {
        const told = { last_run_at: at, last_error: error };
        await transforms.updateOne({ _id: id }, { $set: told, $inc: { failures: 1 } });
      }),
  };
}
