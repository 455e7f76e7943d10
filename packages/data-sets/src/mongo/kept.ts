import { type ClientSession, type Connection, mongo } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import {
  type KeptAnswers,
  type KeptShape,
  MOST_SHAPES,
  type SavedShape,
  type Wanted,
} from '../kept/kept-answers.ts';
import type { TimeRange } from '../kept/touched-ranges.ts';
import type { RecordStore } from '../store/store.ts';
import { aggregateRecords } from './aggregate.ts';
import { recordsCollection } from './catalogue.ts';
import type { MongoConnection } from './connection.ts';
import { touches, touchVersions } from './touches.ts';

/** The version of every slot: writes up to these are in what was computed, and no others. */
type Mark = Readonly<Record<string, number>>;

interface ShapeDocument {
  readonly _id: string;
  readonly data_set: string;
  readonly revision: number;
  readonly mark: Mark;
  readonly covered: TimeRange;
  readonly saved_at: Date;
}

interface PartDocument {
  readonly _id: string;
  readonly shape: string;
  readonly start: Date;
  readonly groups: string;
}

function shapes(connection: Connection) {
  return connection.collection<ShapeDocument>('kept_shapes');
}

function parts(connection: Connection) {
  return connection.collection<PartDocument>('kept_parts');
}

const ALL_TIME: TimeRange = {
  from: new Date('0001-01-01T00:00:00Z'),
  to: new Date('9999-12-31T23:59:59.999Z'),
};

async function touchedSince(
  connection: Connection,
  session: ClientSession,
  dataSet: DataSet,
  kept: Mark,
  now: Mark,
): Promise<readonly TimeRange[]> {
  // Versions never fall: these are of a restored database, and say nothing.
  if (Object.entries(kept).some(([slot, version]) => version > (now[slot] ?? 0))) return [ALL_TIME];
  const newer = Object.entries(now).filter(([slot, version]) => version > (kept[slot] ?? 0));
  if (newer.length === 0) return [];
  const conditions = newer.map(([slot]) => ({ slot, version: { $gt: kept[slot] ?? 0 } }));
  return touches(connection)
    .find({ data_set: dataSet.id, $or: conditions }, { projection: { from: 1, to: 1 }, session })
    .toArray();
}

async function markOf(connection: Connection, session: ClientSession, dataSet: DataSet): Promise<Mark> {
  const versions = await touchVersions(connection).find({ data_set: dataSet.id }, { session }).toArray();
  return Object.fromEntries(versions.map(({ slot, version }) => [slot, version]));
}

async function recall(
  connection: Connection,
  session: ClientSession,
  dataSet: DataSet,
  mark: Mark,
  { shape, range: { from, to } }: Wanted,
): Promise<KeptShape | undefined> {
  const _id = `${dataSet.id}/${shape}`;
  const found = await shapes(connection).findOne({ _id }, { session });
  if (found === null) return undefined;
  const touched = await touchedSince(connection, session, dataSet, found.mark, mark);
  const documents = await parts(connection)
    .find({ shape: _id, start: { $gte: from, $lt: to } }, { session })
    .toArray();
  const byStart: KeptShape['parts'] = new Map(
    documents.map(({ start, groups }): [number, unknown] => [start.getTime(), JSON.parse(groups)]),
  );
  return { revision: found.revision, covered: found.covered, touched, parts: byStart };
}

async function saveShape(
  connection: Connection,
  session: ClientSession,
  dataSet: DataSet,
  { shape, follows, mark, covered }: SavedShape<Mark>,
): Promise<boolean> {
  const _id = `${dataSet.id}/${shape}`;
  const content = { data_set: dataSet.id, mark, covered, saved_at: new Date() };
  if (follows === undefined) {
    await shapes(connection).insertOne({ _id, ...content, revision: 1 }, { session });
    return true;
  }
  const { matchedCount } = await shapes(connection).updateOne(
    { _id, revision: follows },
    { $set: { ...content, revision: follows + 1 } },
    { session },
  );
  return matchedCount === 1;
}

async function saveParts(
  connection: Connection,
  session: ClientSession,
  shape: string,
  { covered, replaced, parts: added }: SavedShape<Mark>,
): Promise<void> {
  const ranges = [
    { start: { $lt: covered.from } },
    { start: { $gte: covered.to } },
    ...replaced.map(({ from, to }) => ({ start: { $gte: from, $lt: to } })),
  ];
  await parts(connection).deleteMany({ shape, $or: ranges }, { session });
  if (added.size === 0) return;
  await parts(connection).insertMany(
    [...added].map(([time, groups]) => {
      const start = new Date(time);
      return { _id: `${shape}/${start.toISOString()}`, shape, start, groups };
    }),
    { session },
  );
}

async function forgetShapes(connection: Connection, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await shapes(connection).deleteMany({ _id: { $in: [...ids] } });
  await parts(connection).deleteMany({ shape: { $in: [...ids] } });
}

/** The oldest shapes of a data set, when there are too many. */
async function sweep(connection: Connection, dataSet: DataSet): Promise<void> {
  const oldest = await shapes(connection)
    .find({ data_set: dataSet.id }, { projection: { _id: 1 } })
    .sort({ saved_at: -1 })
    .skip(MOST_SHAPES)
    .toArray();
  await forgetShapes(
    connection,
    oldest.map(({ _id }) => _id),
  );
}

/** Forgets what was kept of a data set that is gone. */
export async function forgetKeptAnswers(connection: Connection, { id }: Pick<DataSet, 'id'>): Promise<void> {
  const all = await shapes(connection)
    .find({ data_set: id }, { projection: { _id: 1 } })
    .toArray();
  await forgetShapes(
    connection,
    all.map(({ _id }) => _id),
  );
}

/** Parts of answers in the collections `kept_shapes` and `kept_parts`. */
export function createMongoKeptAnswers(
  { connection, run, timeLimit }: MongoConnection,
  aggregate: RecordStore['aggregate'],
): KeptAnswers<Mark> {
  let prepared: Promise<unknown> | undefined;
  const prepare = async () => {
    prepared ??= Promise.all([
      shapes(connection).createIndex({ data_set: 1, saved_at: -1 }),
      parts(connection).createIndex({ shape: 1, start: 1 }),
    ]);
    await prepared.catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
  };
  return {
    aggregate,
    view: (dataSet, wanted, work) =>
      run(() =>
        connection.transaction(
          async (session) => {
            const records = recordsCollection(connection, dataSet);
            const mark = await markOf(connection, session, dataSet);
            const recallOther = (other: Wanted) => recall(connection, session, dataSet, mark, other);
            const kept = await recallOther(wanted);
            return work({
              aggregate: (query) => aggregateRecords({ records, timeLimit, session }, query),
              mark,
              ...(kept && { kept }),
              recall: recallOther,
            });
          },
          { readConcern: new mongo.ReadConcern('snapshot') },
        ),
      ),
    save: (dataSet, saved) =>
      run(async () => {
        await prepare();
        await connection.transaction(async (session) => {
          if (!(await saveShape(connection, session, dataSet, saved))) return;
          await saveParts(connection, session, `${dataSet.id}/${saved.shape}`, saved);
        });
        if (saved.follows === undefined) await sweep(connection, dataSet);
      }),
  };
}
