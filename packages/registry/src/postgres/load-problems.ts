import type { LoadProblem } from '@flyloft/common';
import { MAX_PROBLEMS } from '../loads/load.ts';
import type { Database } from './client.ts';
import { storableJson } from './storable.ts';

const BATCH = 1_000;

/** Stores the full error report of a load, instead of any earlier one. */
export async function storeProblems(
  database: Database,
  loadId: string,
  problems: readonly LoadProblem[] = [],
): Promise<void> {
  await database.$executeRaw`DELETE FROM registry.load_errors WHERE load_id = ${loadId}::uuid`;
  if (problems.length === 0) return;
  const json = storableJson(problems.slice(0, MAX_PROBLEMS));
  await database.$executeRaw`
    INSERT INTO registry.load_errors (load_id, position, problem)
    SELECT ${loadId}::uuid, position, problem
    FROM jsonb_array_elements(${json}::jsonb) WITH ORDINALITY AS given (problem, position)`;
}

/** The report again, a thousand at a time. */
export async function* readProblems(database: Database, loadId: string): AsyncGenerator<LoadProblem> {
  let after = 0;
  for (;;) {
    const rows = await database.$queryRaw<{ position: number; problem: LoadProblem }[]>`
      SELECT position, problem FROM registry.load_errors
      WHERE load_id = ${loadId}::uuid AND position > ${after} ORDER BY position LIMIT ${BATCH}`;
    for (const { problem } of rows) yield problem;
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    after = last.position;
  }
}
