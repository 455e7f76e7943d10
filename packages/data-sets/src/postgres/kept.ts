import type { Pool, PoolClient } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import {
  type KeptAnswers,
  type KeptShape,
  MOST_SHAPES,
  type SavedShape,
  type View,
} from '../kept/kept-answers.ts';
import type { TimeRange } from '../kept/touched-ranges.ts';
import type { Group } from '../store/store.ts';
import { aggregateRecords } from './aggregate.ts';
import { withTransaction } from './connection.ts';
import type { Table } from './table.ts';

/**
 * A snapshot's oldest transaction that was not done: what lower ones wrote, the snapshot sees. So a touch by
 * this or a higher one may be missing in what was computed, and any touch by a lower one is in it.
 */
interface Mark {
  readonly oldest: string;
  /** Transactions are counted by each cluster for itself: parts that were moved to another one are not used. */
  readonly cluster: string;
}

interface ShapeRow {
  readonly oldest: string;
  readonly cluster: string;
  /** Null: nothing is kept. */
  readonly revision: string | null;
  readonly covered_from: Date;
  readonly covered_to: Date;
  readonly touched: readonly (readonly [first: number, last: number])[] | null;
  readonly parts: Readonly<Record<string, unknown>> | null;
}

/** Everything in one statement: each takes longer to travel than to run. */
const RECALL = `
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest, control.system_identifier::text AS cluster,
         revision, covered_from, covered_to,
         (SELECT json_agg(json_build_array(extract(epoch FROM first_moment) * 1000, extract(epoch FROM last_moment) * 1000))
          FROM data_sets.touches AS touch WHERE touch.data_set_id = shape.data_set_id AND transaction_id >= mark) AS touched,
         (SELECT json_object_agg((extract(epoch FROM start) * 1000)::bigint, groups)
          FROM kept_answers.parts WHERE shape_id = shape.id AND start >= $3 AND start < $4) AS parts
  FROM pg_control_system() AS control LEFT JOIN kept_answers.shapes AS shape
    ON data_set_id = $1 AND shape = $2 AND cluster = control.system_identifier::text`;

async function recall(
  client: PoolClient,
  dataSet: DataSet,
  shape: string,
  { from, to }: TimeRange,
): ReturnType<View<Mark>['recall']> {
  const { rows } = await client.query<ShapeRow>(RECALL, [
    dataSet.id,
    shape,
    from.toISOString(),
    to.toISOString(),
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error('pg_control_system has one row');
  const mark = { oldest: row.oldest, cluster: row.cluster };
  if (row.revision === null) return { mark };
  const kept: KeptShape = {
    revision: Number(row.revision),
    covered: { from: row.covered_from, to: row.covered_to },
    touched: (row.touched ?? []).map(([first, last]) => ({ from: new Date(first), to: new Date(last + 1) })),
    parts: new Map(Object.entries(row.parts ?? {}).map(([start, groups]) => [Number(start), groups])),
  };
  return { mark, kept };
}

async function saveShape(
  client: PoolClient,
  dataSet: DataSet,
  { shape, follows, mark, covered }: SavedShape<Mark>,
): Promise<string | undefined> {
  const values = [
    dataSet.id,
    shape,
    mark.cluster,
    mark.oldest,
    covered.from.toISOString(),
    covered.to.toISOString(),
  ];
  const { rows } =
    follows === undefined
      ? await client.query<{ id: string }>(
          `INSERT INTO kept_answers.shapes (data_set_id, shape, cluster, mark, covered_from, covered_to, revision)
           VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT DO NOTHING RETURNING id`,
          values,
        )
      : await client.query<{ id: string }>(
          `UPDATE kept_answers.shapes
           SET mark = $4, covered_from = $5, covered_to = $6, revision = revision + 1, saved_at = now()
           WHERE data_set_id = $1 AND shape = $2 AND cluster = $3 AND revision = $7 RETURNING id`,
          [...values, follows],
        );
  return rows[0]?.id;
}

/** Shapes of data sets that are gone, and of this one the oldest when there are too many. */
async function sweep(client: PoolClient, dataSet: DataSet): Promise<void> {
  await client.query(
    'DELETE FROM kept_answers.shapes WHERE data_set_id NOT IN (SELECT id FROM data_sets.data_sets)',
  );
  await client.query(
    `DELETE FROM kept_answers.shapes WHERE id IN (
       SELECT id FROM kept_answers.shapes WHERE data_set_id = $1 ORDER BY saved_at DESC OFFSET ${MOST_SHAPES})`,
    [dataSet.id],
  );
}

async function saveParts(client: PoolClient, id: string, saved: SavedShape<Mark>): Promise<void> {
  const { covered, replaced, parts } = saved;
  const times = (name: 'from' | 'to') => replaced.map((range) => range[name].toISOString());
  await client.query(
    `DELETE FROM kept_answers.parts WHERE shape_id = $1 AND (start < $2 OR start >= $3 OR EXISTS (
       SELECT FROM unnest($4::timestamptz[], $5::timestamptz[]) AS replaced(first, behind)
       WHERE start >= first AND start < behind))`,
    [id, covered.from.toISOString(), covered.to.toISOString(), times('from'), times('to')],
  );
  await client.query(
    `INSERT INTO kept_answers.parts (shape_id, start, groups)
     SELECT $1, part.start, part.groups FROM unnest($2::timestamptz[], $3::json[]) AS part(start, groups)`,
    [id, [...parts.keys()].map((start) => new Date(start).toISOString()), [...parts.values()]],
  );
}

/** Parts of answers in the schema `kept_answers`, the only thing that a reader writes. */
export function createPostgresKeptAnswers(
  pool: Pool,
  reading: (
    dataSet: DataSet,
    nothing: Group[],
    work: (client: PoolClient, table: Table) => Promise<Group[]>,
  ) => Promise<Group[]>,
): KeptAnswers<Mark> {
  return {
    view: (dataSet, work) =>
      reading(dataSet, [], (client, table) =>
        work({
          aggregate: (query) => aggregateRecords(client, table, query),
          recall: (shape, range) => recall(client, dataSet, shape, range),
        }),
      ),
    save: (dataSet, saved) =>
      withTransaction(pool, 'BEGIN', async (client) => {
        // Lost in a crash, they are computed again.
        await client.query('SET LOCAL synchronous_commit = off');
        const id = await saveShape(client, dataSet, saved);
        if (id === undefined) return;
        await saveParts(client, id, saved);
        if (saved.follows === undefined) await sweep(client, dataSet);
      }),
  };
}
