import { randomUUID } from 'node:crypto';
import type { ClientSession, Connection } from 'mongoose';
import type { DataSet } from '../catalogue/data-set.ts';
import {
  type Asked,
  type KeptAnswers,
  MOST_SHAPES,
  type Parts,
  type SavedShape,
  type ToldShape,
} from '../kept/kept-answers.ts';
import { readGroups, writeGroups } from '../kept/kept-groups.ts';
import type { TimeRange } from '../kept/touched-ranges.ts';
import type { RecordStore } from '../store/store.ts';
import { aggregateRecords } from './aggregate.ts';
import { recordsCollection } from './catalogue.ts';
import type { MongoConnection } from './connection.ts';
import { inSnapshot } from './snapshot.ts';
import { type TouchVersion, touches, touchVersions } from './touches.ts';

/** The version of every slot: writes up to these are in what was computed, and no others. */
type Mark = Readonly<Record<string, number>>;

interface ShapeDocument {
  readonly _id: string;
  readonly data_set: string;
  readonly revision: string;
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

/** Versions that are newer than those of a mark, by slot: the mark's own. */
function newerSlots(kept: Mark, now: Mark): Map<string, number> {
  const newer = Object.entries(now).filter(([slot, version]) => version > (kept[slot] ?? 0));
  return new Map(newer.map(([slot]) => [slot, kept[slot] ?? 0]));
}

/** What was touched since each of these marks, by one way to the database. */
async function touchedSince(
  connection: Connection,
  session: ClientSession,
  dataSet: DataSet,
  marks: readonly Mark[],
  now: Mark,
): Promise<(readonly TimeRange[])[]> {
  const newer = marks.map((mark) => newerSlots(mark, now));
  const oldest = new Map<string, number>();
  for (const [slot, version] of newer.flatMap((slots) => [...slots])) {
    oldest.set(slot, Math.min(version, oldest.get(slot) ?? version));
  }
  const conditions = [...oldest].map(([slot, version]) => ({ slot, version: { $gt: version } }));
  const found =
    conditions.length === 0
      ? []
      : await touches(connection).find({ data_set: dataSet.id, $or: conditions }, { session }).toArray();
  return marks.map((mark, index) => {
    // Versions never fall: these are of a restored database, and say nothing.
    if (Object.entries(mark).some(([slot, version]) => version > (now[slot] ?? 0))) return [ALL_TIME];
    return found.filter(
      ({ slot, version }) => version > (newer[index]?.get(slot) ?? Number.POSITIVE_INFINITY),
    );
  });
}

function toMark(versions: readonly TouchVersion[]): Mark {
  return Object.fromEntries(versions.map(({ slot, version }) => [slot, version]));
}

interface FoundShape extends ShapeDocument {
  readonly versions: readonly TouchVersion[];
}

/** Shapes, and beside each the versions of its data set: one way to the database. */
function findShapes(connection: Connection, session: ClientSession, ids: readonly string[]) {
  return shapes(connection)
    .aggregate<FoundShape>(
      [
        { $match: { _id: { $in: [...ids] } } },
        {
          $lookup: {
            from: touchVersions(connection).collectionName,
            localField: 'data_set',
            foreignField: 'data_set',
            as: 'versions',
          },
        },
      ],
      { session },
    )
    .toArray();
}

async function findParts(
  connection: Connection,
  session: ClientSession,
  shape: string,
  { from, to }: TimeRange,
): Promise<Parts> {
  const documents = await parts(connection)
    .find({ shape, start: { $gte: from, $lt: to } }, { session })
    .toArray();
  return new Map(
    documents.map(({ start, groups }) => [start.getTime(), readGroups(JSON.parse(groups), start)]),
  );
}

async function tellShapes(
  connection: Connection,
  session: ClientSession,
  dataSet: DataSet,
  asked: readonly Asked[],
): Promise<{ told: ReadonlyMap<string, ToldShape>; mark: Mark }> {
  const idOf = ({ shape }: Asked) => `${dataSet.id}/${shape}`;
  const found = await findShapes(connection, session, asked.map(idOf));
  const versions =
    found[0]?.versions ??
    (await touchVersions(connection).find({ data_set: dataSet.id }, { session }).toArray());
  const mark = toMark(versions);
  const told = new Map<string, ToldShape>();
  const marks = found.map((document) => document.mark);
  const touched = await touchedSince(connection, session, dataSet, marks, mark);
  for (const [index, document] of found.entries()) {
    const one = asked.find((wanted) => idOf(wanted) === document._id);
    if (one === undefined) continue;
    const { revision, covered } = document;
    const areKnown = one.range === undefined || one.known === revision;
    const theirs = areKnown ? undefined : await findParts(connection, session, document._id, one.range);
    told.set(one.shape, { revision, covered, touched: touched[index] ?? [ALL_TIME], parts: theirs });
  }
  return { told, mark };
}

async function saveShape(
  connection: Connection,
  session: ClientSession,
  dataSet: DataSet,
  { shape, follows, mark, covered }: SavedShape<Mark>,
): Promise<string | undefined> {
  const _id = `${dataSet.id}/${shape}`;
  const revision = randomUUID();
  const content = { data_set: dataSet.id, mark, covered, revision, saved_at: new Date() };
  if (follows === undefined) {
    await shapes(connection).insertOne({ _id, ...content }, { session });
    return revision;
  }
  const { matchedCount } = await shapes(connection).updateOne(
    { _id, revision: follows },
    { $set: content },
    { session },
  );
  return matchedCount === 1 ? revision : undefined;
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
      return { _id: `${shape}/${start.toISOString()}`, shape, start, groups: writeGroups(groups) };
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
    view: (dataSet, asked, work) =>
      run(() =>
        inSnapshot(connection, async (session) => {
          const records = recordsCollection(connection, dataSet);
          const { told, mark } = await tellShapes(connection, session, dataSet, asked);
          return work({
            aggregate: (query) => aggregateRecords({ records, timeLimit, session }, query),
            mark,
            told,
            ask: async (other) =>
              (await tellShapes(connection, session, dataSet, [other])).told.get(other.shape),
          });
        }),
      ),
    save: (dataSet, saved) =>
      run(async () => {
        await prepare();
        const revision = await connection.transaction(async (session) => {
          const followed = await saveShape(connection, session, dataSet, saved);
          if (followed !== undefined) {
            await saveParts(connection, session, `${dataSet.id}/${saved.shape}`, saved);
          }
          return followed;
        });
        if (saved.follows === undefined) await sweep(connection, dataSet);
        return revision;
      }),
  };
}
