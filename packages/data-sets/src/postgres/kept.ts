import pg, { type Pool, type PoolClient } from 'pg';
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
  readonly shape: string | null;
  readonly revision: string;
  readonly covered_from: Date;
  readonly covered_to: Date;
  readonly touched: readonly (readonly [first: number, last: number])[] | null;
  readonly parts: Readonly<Record<string, unknown>> | null;
}

const REVISION = "shape.id || '/' || shape.revision";

/** What is kept of shapes, in one statement without parameters: it travels with the transaction's beginning. */
function recallSql({ id }: DataSet, asked: readonly Asked[]): string {
  const text = (value: string | undefined) => (value === undefined ? 'NULL' : pg.escapeLiteral(value));
  const wanted = asked.map(({ shape, range, known }) =>
    [shape, range?.from.toISOString(), range?.to.toISOString(), known].map(text).join(', '),
  );
  return `
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest, control.system_identifier::text AS cluster,
         shape.shape, ${REVISION} AS revision, covered_from, covered_to,
         (SELECT json_agg(json_build_array(extract(epoch FROM first_moment) * 1000, extract(epoch FROM last_moment) * 1000))
          FROM data_sets.touches AS touch WHERE touch.data_set_id = shape.data_set_id AND transaction_id >= mark) AS touched,
         CASE WHEN first IS NOT NULL AND known IS DISTINCT FROM ${REVISION} THEN
           coalesce((SELECT json_object_agg((extract(epoch FROM start) * 1000)::bigint, groups) FROM kept_answers.parts
                     WHERE shape_id = shape.id AND start >= first::timestamptz AND start < behind::timestamptz), '{}')
         END AS parts
  FROM pg_control_system() AS control
  LEFT JOIN (kept_answers.shapes AS shape JOIN (VALUES (${wanted.join('), (')})) AS wanted(name, first, behind, known)
    ON shape.shape = wanted.name) ON data_set_id = ${pg.escapeLiteral(id)} AND cluster = control.system_identifier::text`;
}

function readParts(parts: Readonly<Record<string, unknown>>): Parts {
  return new Map(
    Object.entries(parts).map(([start, groups]) => [
      Number(start),
      readGroups(groups, new Date(Number(start))),
    ]),
  );
}

function toldShape(row: ShapeRow): ToldShape {
  return {
    revision: row.revision,
    covered: { from: row.covered_from, to: row.covered_to },
    touched: (row.touched ?? []).map(([first, last]) => ({ from: new Date(first), to: new Date(last + 1) })),
    parts: row.parts === null ? undefined : readParts(row.parts),
  };
}

function toldShapes(rows: readonly ShapeRow[]): Map<string, ToldShape> {
  return new Map(rows.flatMap((row) => (row.shape === null ? [] : [[row.shape, toldShape(row)]])));
}

/** Adds the shape, or follows the revision that was read; no row where another reader was first. */
function shapeSql(follows: string | undefined): string {
  return follows === undefined
    ? `INSERT INTO kept_answers.shapes (data_set_id, shape, cluster, mark, covered_from, covered_to, revision)
       SELECT $1::bigint, $2, $3, $4::bigint, $5::timestamptz, $6::timestamptz, 1 FROM quickly WHERE $7::text IS NULL
       ON CONFLICT DO NOTHING RETURNING id, revision`
    : `UPDATE kept_answers.shapes
       SET mark = $4, covered_from = $5::timestamptz, covered_to = $6::timestamptz, revision = revision + 1, saved_at = now() FROM quickly
       WHERE data_set_id = $1 AND shape = $2 AND cluster = $3 AND id || '/' || revision = $7::text RETURNING id, revision`;
}

/** One statement, so one way there and back; lost in a crash, what it saves is computed again. */
function saveSql(follows: string | undefined): string {
  return `
  WITH quickly AS (SELECT set_config('synchronous_commit', 'off', true)),
  saved AS (${shapeSql(follows)}),
  added AS (SELECT part.start, part.groups FROM unnest($8::timestamptz[], $9::json[]) AS part(start, groups)),
  removed AS (
    DELETE FROM kept_answers.parts USING saved
    WHERE shape_id = saved.id AND start NOT IN (SELECT added.start FROM added)
      AND (start < $5 OR start >= $6 OR EXISTS (
        SELECT FROM unnest($10::timestamptz[], $11::timestamptz[]) AS replaced(first, behind)
        WHERE start >= first AND start < behind))),
  inserted AS (
    INSERT INTO kept_answers.parts (shape_id, start, groups)
    SELECT saved.id, added.start, added.groups FROM saved, added
    ON CONFLICT (shape_id, start) DO UPDATE SET groups = EXCLUDED.groups)
  SELECT id || '/' || revision AS revision FROM saved`;
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
  const { shape, follows = null, mark, covered, replaced, parts } = saved;
  const times = (name: 'from' | 'to') => replaced.map((range) => range[name].toISOString());
  return [
    ...[dataSet.id, shape, mark.cluster, mark.oldest],
    ...[covered.from.toISOString(), covered.to.toISOString(), follows],
    ...[
      [...parts.keys()].map((start) => new Date(start).toISOString()),
      [...parts.values()].map(writeGroups),
    ],
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
    view: (dataSet, asked, work) =>
      readingAlong(dataSet, [], recallSql(dataSet, asked), (client, { table, rows }) => {
        // pg_control_system has one row, so there is one at least
        const shapes = rows as readonly [ShapeRow, ...ShapeRow[]];
        return work({
          aggregate: (query) => aggregateRecords(client, table, query),
          mark: { oldest: shapes[0].oldest, cluster: shapes[0].cluster },
          told: toldShapes(shapes),
          ask: async (other) => {
            const found = await client.query<ShapeRow>(recallSql(dataSet, [other]));
            return toldShapes(found.rows).get(other.shape);
          },
        });
      }),
    save: (dataSet, saved) =>
      withClient(pool, async (client) => {
        const { rows } = await client.query<{ revision: string }>(
          saveSql(saved.follows),
          savedValues(dataSet, saved),
        );
        if (saved.follows === undefined) await sweep(client, dataSet);
        return rows[0]?.revision;
      }),
  };
}
