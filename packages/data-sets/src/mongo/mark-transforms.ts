import type { ClientSession, Connection } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import { MOST_FAILURES, type TransformCall, type WrittenRange } from '../transforms/transforms.ts';
import { transformsCollection } from './transform-documents.ts';

/** `mark` of the port, by itself or in the transaction of a write. */
export async function markTransforms(
  connection: Connection,
  { id }: Pick<DataSet, 'id'>,
  { from, to }: WrittenRange,
  depth: number,
  session?: ClientSession,
): Promise<TransformCall[]> {
  const transforms = transformsCollection(connection);
  const within = session === undefined ? {} : { session };
  const wanted = await transforms.find({ data_set_id: id, after_writes: true }, within).toArray();
  const calls: TransformCall[] = [];
  for (const { _id } of wanted) {
    const before = await transforms.findOneAndUpdate(
      { _id },
      {
        $inc: { version: 1 },
        $set: { failures: 0 },
        $min: { pending_since: new Date(), pending_from: from },
        $max: { pending_to: to, depth },
      },
      { ...within, returnDocument: 'before' },
    );
    if (before === null) continue;
    const isCalled = before.pending_since !== undefined && before.failures < MOST_FAILURES;
    if (!isCalled) calls.push({ id: _id, version: before.version + 1 });
  }
  return calls;
}
