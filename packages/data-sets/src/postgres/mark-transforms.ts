import type { PoolClient } from 'pg';
import type { DataSet } from '../catalogue/data-set.ts';
import { MOST_FAILURES, type TransformCall, type WrittenRange } from '../transforms/transforms.ts';

export interface CallRow {
  readonly id: string;
  readonly version: string;
}

export function toCall({ id, version }: CallRow): TransformCall {
  return { id, version: Number(version) };
}

/** `mark` of the port, by itself or in the transaction of a write. */
export async function markTransforms(
  client: PoolClient,
  { id }: Pick<DataSet, 'id'>,
  { from, to }: WrittenRange,
  depth: number,
): Promise<TransformCall[]> {
  const { rows } = await client.query<CallRow & { is_called: boolean }>(
    `WITH before AS (
       SELECT id, pending_since IS NOT NULL AND failures < $5 AS is_called
       FROM data_sets.transforms WHERE data_set_id = $1 AND after_writes ORDER BY id FOR UPDATE
     )
     UPDATE data_sets.transforms AS transforms SET version = version + 1, failures = 0,
       pending_since = COALESCE(pending_since, now()), depth = GREATEST(depth, $4),
       pending_from = LEAST(pending_from, $2), pending_to = GREATEST(pending_to, $3)
     FROM before WHERE transforms.id = before.id
     RETURNING transforms.id, version, is_called`,
    [id, from, to, depth, MOST_FAILURES],
  );
  return rows.filter(({ is_called }) => !is_called).map(toCall);
}
