import { randomUUID } from 'node:crypto';
import { problem } from '@flyloft/common';
import type { Pool, PoolClient } from 'pg';
import { type TransformDefinition, transformDefinitionSchema } from '../transforms/definition.ts';
import {
  MOST_FAILURES,
  outputPair,
  type Transform,
  type TransformCall,
  type Transforms,
} from '../transforms/transforms.ts';
import { withClient, withTransaction } from './connection.ts';
import { type CallRow, markTransforms, toCall } from './mark-transforms.ts';

interface TransformRow {
  readonly id: string;
  readonly data_set_id: string;
  readonly definition: string;
  readonly version: string;
  readonly pending_since: Date | null;
  readonly pending_from: Date | null;
  readonly pending_to: Date | null;
  readonly depth: number;
  readonly last_run_at: Date | null;
  readonly last_success_at: Date | null;
  readonly last_error: string | null;
  readonly failures: number;
}

function readDefinition(text: string): TransformDefinition {
  return transformDefinitionSchema.parse(JSON.parse(text));
}

function toTransform(row: TransformRow): Transform {
  return {
    id: row.id,
    definition: readDefinition(row.definition),
    status: {
      pending: row.pending_since !== null,
      lastRunAt: row.last_run_at,
      lastSuccessAt: row.last_success_at,
      lastError: row.last_error,
      failures: row.failures,
    },
  };
}

/** Rows that are the same definition stay; the others go, and the new ones come. */
async function replaceRows(
  client: PoolClient,
  dataSetId: string,
  definitions: readonly TransformDefinition[],
): Promise<void> {
  // One list at a time for a data set.
  const lock = 'SELECT FROM data_sets.data_sets WHERE id = $1 FOR UPDATE';
  const { rowCount } = await client.query(lock, [dataSetId]);
  if (rowCount === 0) throw problem('not_found', 'data_set not found');
  const { rows: old } = await client.query<{ id: string; definition: string }>(
    'SELECT id, definition FROM data_sets.transforms WHERE data_set_id = $1 ORDER BY position',
    [dataSetId],
  );
  const left = [...old];
  for (const [position, definition] of definitions.entries()) {
    const text = JSON.stringify(definition);
    const same = left.findIndex((row) => row.definition === text);
    const [kept] = same === -1 ? [] : left.splice(same, 1);
    if (kept) {
      await client.query('UPDATE data_sets.transforms SET position = $2 WHERE id = $1', [kept.id, position]);
      continue;
    }
    const { after_writes, every_seconds } = definition;
    await client.query(
      `INSERT INTO data_sets.transforms
         (id, data_set_id, position, definition, after_writes, every_seconds, due_at)
       VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $6::integer IS NOT NULL THEN now() END)`,
      [randomUUID(), dataSetId, position, text, after_writes, every_seconds],
    );
  }
  await client.query('DELETE FROM data_sets.transforms WHERE id = ANY ($1)', [left.map(({ id }) => id)]);
}

async function dueCalls(client: PoolClient, now: Date, lostAfterSeconds: number): Promise<TransformCall[]> {
  const { rows: scheduled } = await client.query<CallRow>(
    `UPDATE data_sets.transforms
     SET version = version + 1, pending_since = COALESCE(pending_since, $1), failures = 0, depth = 0,
         due_at = $1::timestamptz + make_interval(secs => every_seconds)
     WHERE due_at <= $1 RETURNING id, version`,
    [now],
  );
  const { rows: lost } = await client.query<CallRow>(
    `SELECT id, version FROM data_sets.transforms WHERE failures < $2
     AND pending_since <= $1::timestamptz - make_interval(secs => $3)`,
    [now, MOST_FAILURES, lostAfterSeconds],
  );
  return [...new Map([...lost, ...scheduled].map((row) => [row.id, toCall(row)])).values()];
}

/** The transforms in the table `data_sets.transforms`. */
export function createPostgresTransforms(pool: Pool): Transforms {
  const query = <Row extends object>(sql: string, values: unknown[]) =>
    withClient(pool, async (client) => (await client.query<Row>(sql, values)).rows);

  return {
    list: async ({ id }) =>
      (
        await query<TransformRow>(
          'SELECT * FROM data_sets.transforms WHERE data_set_id = $1 ORDER BY position',
          [id],
        )
      ).map(toTransform),
    replace: ({ id }, definitions) =>
      withTransaction(pool, 'BEGIN', (client) => replaceRows(client, id, definitions)),
    edges: async ({ id }) => {
      const rows = await query<{ data_group: string; data_type: string; definition: string }>(
        `SELECT data_group, data_type, definition FROM data_sets.transforms
         JOIN data_sets.data_sets ON data_sets.id = data_set_id WHERE data_set_id <> $1`,
        [id],
      );
      return rows.map(({ data_group: dataGroup, data_type: dataType, definition }) => ({
        from: { dataGroup, dataType },
        to: outputPair(readDefinition(definition), { dataGroup }),
      }));
    },
    mark: (dataSet, range, depth) =>
      withClient(pool, (client) => markTransforms(client, dataSet, range, depth)),
    due: (now, lostAfterSeconds) =>
      withTransaction(pool, 'BEGIN', (client) => dueCalls(client, now, lostAfterSeconds)),
    begin: async (id) => {
      const [row] = await query<TransformRow & { name: string }>(
        `SELECT transforms.*, name FROM data_sets.transforms
         JOIN data_sets.data_sets ON data_sets.id = data_set_id WHERE transforms.id = $1`,
        [id],
      );
      if (row === undefined) return undefined;
      const { pending_from: from, pending_to: to } = row;
      return {
        ...toCall(row),
        definition: readDefinition(row.definition),
        dataSetId: row.data_set_id,
        dataSetName: row.name,
        isPending: row.pending_since !== null,
        range: from && to ? { from, to } : undefined,
        depth: row.depth,
      };
    },
    succeed: async ({ id, version }, at, unfinished) => {
      const rows = await query(
        `UPDATE data_sets.transforms SET last_run_at = $3, last_success_at = $3, last_error = NULL, failures = 0,
           pending_since = NULL, pending_from = $4, pending_to = $5, depth = 0,
           due_at = CASE WHEN every_seconds IS NULL THEN $6 ELSE due_at END
         WHERE id = $1 AND version = $2 RETURNING id`,
        [id, version, at, unfinished?.range.from, unfinished?.range.to, unfinished?.dueAt],
      );
      return rows.length === 1;
    },
    fail: async ({ id }, at, error) => {
      await query(
        'UPDATE data_sets.transforms SET last_run_at = $2, last_error = $3, failures = failures + 1 WHERE id = $1',
        [id, at, error],
      );
    },
  };
}
