import pg, { type Pool, type PoolClient } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import {
  type KeptAnswers,
  type KeptShape,
  MOST_SHAPES,
  type SavedShape,
  type Wanted,
} from '../kept/kept-answers.ts';
import type { Group, RecordStore } from '../store/store.ts';
import { aggregateRecords } from './aggregate.ts';
import { withClient } from './connection.ts';
import type { Reading } from './table.ts';

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

/** What is kept of a shape, in one statement without parameters: it travels with the transaction's beginning. */
function recallSql({ id }: DataSet, { shape, range }: Wanted): string {
  const literal = (date: Date) => `timestamptz ${pg.escapeLiteral(date.toISOString())}`;
  return `
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest, control.system_identifier::text AS cluster,
         revision, covered_from, covered_to,
         (SELECT json_agg(json_build_array(extract(epoch FROM first_moment) * 1000, extract(epoch FROM last_moment) * 1000))
          FROM data_sets.touches AS touch WHERE touch.data_set_id = shape.data_set_id AND transaction_id >= mark) AS touched,
         (SELECT json_object_agg((extract(epoch FROM start) * 1000)::bigint, groups) FROM kept_answers.parts
          WHERE shape_id = shape.id AND start >= ${literal(range.from)} AND start < ${literal(range.to)}) AS parts
  FROM pg_control_system() AS control LEFT JOIN kept_answers.shapes AS shape
    ON data_set_id = ${pg.escapeLiteral(id)} AND shape = ${pg.escapeLiteral(shape)}
       AND cluster = control.system_identifier::text`;
}

function recalled(row: ShapeRow): { mark: Mark; kept?: KeptShape } {
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

/** Adds the shape, or follows the revision that was read; no row where another reader was first. */
function shapeSql(follows: number | undefined): string {
  return follows === undefined
    ? `INSERT INTO kept_answers.shapes (data_set_id, shape, cluster, mark, covered_from, covered_to, revision)
       SELECT $1::bigint, $2, $3, $4::bigint, $5::timestamptz, $6::timestamptz, $7::bigint FROM quickly ON CONFLICT DO NOTHING RETURNING id`
    : `UPDATE kept_answers.shapes
       SET mark = $4, covered_from = $5::timestamptz, covered_to = $6::timestamptz, revision = $7::bigint, saved_at = now() FROM quickly
       WHERE data_set_id = $1 AND shape = $2 AND cluster = $3 AND revision = $7::bigint - 1 RETURNING id`;
}

/** One statement, so one way there and back; lost in a crash, what it saves is computed again. */
function saveSql(follows: number | undefined): string {
  return `
  WITH quickly AS (SELECT set_config('synchronous_commit', 'off', true)),
  saved AS (${shapeSql(follows)}),
  added AS (SELECT part.start, part.groups FROM unnest($8::timestamptz[], $9::json[]) AS part(start, groups)),
  removed AS (
    DELETE FROM kept_answers.parts USING saved
    WHERE shape_id = saved.id AND start NOT IN (SELECT added.start FROM added)
      AND (start < $5 OR start >= $6 OR EXISTS (
        SELECT FROM unnest($10::timestamptz[], $11::timestamptz[]) AS replaced(first, behind)
        WHERE start >= first AND start < behind)))
  INSERT INTO kept_answers.parts (shape_id, start, groups)
  SELECT saved.id, added.start, added.groups FROM saved, added
  ON CONFLICT (shape_id, start) DO UPDATE SET groups = EXCLUDED.groups`;
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

function savedValues(dataSet: DataSet, saved: SavedShape<Mark>): unknown[] {
  const { shape, follows = 0, mark, covered, replaced, parts } = saved;
  const times = (name: 'from' | 'to') => replaced.map((range) => range[name].toISOString());
  return [
    ...[dataSet.id, shape, mark.cluster, mark.oldest],
    ...[covered.from.toISOString(), covered.to.toISOString(), follows + 1],
    ...[[...parts.keys()].map((start) => new Date(start).toISOString()), [...parts.values()]],
    ...[times('from'), times('to')],
  ];
}

interface Reader {
  /** Reads in one snapshot, with one statement asked along. */
  readonly readingAlong: (
    dataSet: DataSet,
    nothing: Group[],
    along: string,
    work: (client: PoolClient, reading: Reading) => Promise<Group[]>,
  ) => Promise<Group[]>;
  readonly aggregate: RecordStore['aggregate'];
}

/** Parts of answers in the schema `kept_answers`, the only thing that a reader writes. */
export function createPostgresKeptAnswers(
  pool: Pool,
  { readingAlong, aggregate }: Reader,
): KeptAnswers<Mark> {
  return {
    aggregate,
    view: (dataSet, wanted, work) =>
      readingAlong(dataSet, [], recallSql(dataSet, wanted), (client, { table, rows }) =>
        work({
          aggregate: (query) => aggregateRecords(client, table, query),
          recall: async (other) => {
            const found = await client.query<ShapeRow>(recallSql(dataSet, other));
            return found.rows[0] && recalled(found.rows[0]).kept;
          },
          // pg_control_system has one row
          ...recalled(rows[0] as ShapeRow),
        }),
      ),
    save: (dataSet, saved) =>
      withClient(pool, async (client) => {
        await client.query(saveSql(saved.follows), savedValues(dataSet, saved));
        if (saved.follows === undefined) await sweep(client, dataSet);
      }),
  };
}
