import type { Cell } from '../engine/sandbox.ts';
import type { ColumnType } from '../models/cube-model.ts';
import { type JsonValue, rawJson } from './json-text.ts';

/** SQL that brings a column's value to the text it is answered as. */
export function textOf(sql: string, type: ColumnType): string {
  switch (type) {
    case 'string':
      return sql;
    case 'datetime':
      return `replace(CAST(${sql} AS VARCHAR), ' ', 'T')`;
    default:
      return `CAST(${sql} AS VARCHAR)`;
  }
}

/** A value of `textOf` as JSON: numbers and booleans bare with their digits, dates and text as strings. */
export function jsonCell(cell: Cell | undefined, type: ColumnType): JsonValue {
  if (cell === null || cell === undefined) return null;
  const text = String(cell);
  return type === 'integer' || type === 'number' || type === 'boolean' ? rawJson(text) : text;
}
