import type { TableSchema } from '../descriptor/field-schema.ts';
import type { EngineSession } from '../engine/sandbox.ts';
import { REPORT_LIMIT } from './csv-source.ts';
import type { TypedField } from './infer-types.ts';

/** Columns whose values together may be there once only. */
export interface UniqueKey {
  readonly rule: 'unique' | 'primaryKey';
  readonly columns: readonly TypedField[];
}

/** A row whose key an earlier row has. */
export interface DuplicateRow {
  readonly key: UniqueKey;
  readonly row: number;
  readonly firstRow: number;
  readonly value: string;
}

export interface Duplicates {
  /** At most the reporting limit, in the order of the file. */
  readonly found: readonly DuplicateRow[];
  readonly total: number;
}

type Key = readonly string[];

/** The keys of a schema whose fields there are, and those of which some field is not. */
function keysOf({ fields, primaryKey, uniqueKeys }: TableSchema) {
  const names = new Set(fields.map(({ name }) => name.trim()));
  const isKnown = (key: Key) => key.every((name) => names.has(name.trim()));
  const primary = primaryKey.length === 0 ? [] : [primaryKey];
  return {
    primary: primary.filter(isKnown),
    unique: uniqueKeys.filter(isKnown),
    unknown: [...primary, ...uniqueKeys].filter((key) => !isKnown(key)),
  };
}

/** Warnings of keys that name what is no field: a part of a key may well be there twice. */
export function keyWarnings(resource: string, schema: TableSchema): string[] {
  return keysOf(schema).unknown.map(
    (key) => `The key (${key.join(', ')}) of "${resource}" names what is no field, and was not checked.`,
  );
}

/** What a schema declares unique: single fields, `uniqueKeys` and the primary key. */
export function uniqueKeysOf(schema: TableSchema, typed: readonly TypedField[]): UniqueKey[] {
  const columns = (key: Key) =>
    key.flatMap((name) => typed.find(({ field }) => field.name.trim() === name.trim()) ?? []);
  const { primary, unique } = keysOf(schema);
  return [
    ...primary.map((key) => ({ rule: 'primaryKey', columns: columns(key) }) as const),
    ...typed
      .filter(({ field }) => field.constraints?.unique === true)
      .map((column) => ({ rule: 'unique', columns: [column] }) as const),
    ...unique.map((key) => ({ rule: 'unique', columns: columns(key) }) as const),
  ].filter((key) => key.columns.length > 0 && key.columns.some(({ index }) => index !== undefined));
}

/**
 * Rows of a key that an earlier row has, by value. A blank equals a blank in a primary key, and nothing
 * in what is merely unique, as in SQL. What does not fit into memory is spilled by the engine.
 * @param relation SQL of the rows, with their number as `row`.
 * @param valueFrom SQL of a column's value over the relation.
 */
export async function findDuplicates(
  session: EngineSession,
  relation: string,
  keys: readonly UniqueKey[],
  valueFrom: (column: TypedField) => string,
): Promise<Duplicates> {
  const found: DuplicateRow[] = [];
  let total = 0;
  for (const key of keys) {
    const names = key.columns.map((_, index) => `k${index}`);
    const values = key.columns.map((column, index) => `${valueFrom(column)} AS k${index}`);
    const filled = key.rule === 'unique' ? names.map((name) => `${name} IS NOT NULL`).join(' AND ') : 'true';
    const keyed = `(SELECT * FROM (SELECT row, ${values.join(', ')} FROM ${relation}) WHERE ${filled})`;
    const repeated = `(SELECT ${names.join(', ')}, min(row) AS first_row, count(*) - 1 AS more FROM ${keyed}
      GROUP BY ${names.join(', ')} HAVING count(*) > 1)`;
    const [count = []] = await session.rows(`SELECT coalesce(sum(more), 0) FROM ${repeated}`);
    const more = Number(count[0]);
    total += more;
    if (more === 0) continue;
    const same = names.map((name) => `keyed.${name} IS NOT DISTINCT FROM repeated.${name}`);
    const shown = names.map((name) => `CAST(keyed.${name} AS VARCHAR)`);
    const rows = await session.rows(
      `SELECT keyed.row, repeated.first_row, concat_ws(', ', ${shown.join(', ')})
       FROM ${keyed} AS keyed JOIN ${repeated} AS repeated ON ${same.join(' AND ')}
       WHERE keyed.row > repeated.first_row ORDER BY keyed.row LIMIT ${REPORT_LIMIT}`,
    );
    found.push(
      ...rows.map(([row, firstRow, value]) => ({
        key,
        row: Number(row),
        firstRow: Number(firstRow),
        value: String(value),
      })),
    );
  }
  return { found, total };
}
