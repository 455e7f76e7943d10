import { jsonCell } from '../answers/cell-values.ts';
import type { JsonValue } from '../answers/json-text.ts';
import { rawJson } from '../answers/json-text.ts';
import type { EngineSession } from '../engine/sandbox.ts';
import { literal } from '../engine/sql-text.ts';
import type { CubeModel } from '../models/cube-model.ts';
import type { CompiledCut } from './cut-conditions.ts';
import type { Direction, Page } from './parse-query.ts';

/** A cube as queries see it. */
export interface CubeSource {
  readonly model: CubeModel;
  /** Absolute path of its Parquet file, inside a folder that the engine may read. */
  readonly file: string;
}

/** An answer: its JSON body but for `status`, and the same as rows for CSV. */
export interface QueryAnswer {
  readonly body: Readonly<Record<string, JsonValue | undefined>>;
  readonly refs: readonly string[];
  readonly rows: readonly Readonly<Record<string, JsonValue>>[];
}

/** A query that was understood and only needs an engine. */
export type PreparedQuery = (session: EngineSession) => Promise<QueryAnswer>;

export function factsOf(source: CubeSource, cut: CompiledCut): string {
  return `read_parquet(${literal(source.file)}) WHERE ${cut.condition}`;
}

/** NULLs come last in both directions, as in PostgreSQL (cubes.md 5.3). */
export function orderTerm(sql: string, direction: Direction): string {
  return `${sql} ${direction === 'desc' ? 'DESC' : 'ASC'} NULLS LAST`;
}

export function limitOf({ page, pageSize }: Page): string {
  return `LIMIT ${pageSize} OFFSET ${(page - 1) * pageSize}`;
}

export function presentCells(cut: CompiledCut): JsonValue[] {
  return cut.cells.map(({ ref, operator, value, type }) => ({
    ref,
    operator,
    value: value.map((entry) =>
      // a cut writes numbers in more ways than JSON does: +1, 01, .5
      type === 'integer' && entry !== null
        ? rawJson(BigInt(entry).toString())
        : jsonCell(entry, textType(type)),
    ),
  }));
}

function textType(type: CompiledCut['cells'][number]['type']) {
  return type === 'number' || type === 'integer' || type === 'boolean' ? 'string' : type;
}
