import type { JsonValue } from '../answers/json-text.ts';
import type { Cell, EngineSession, Parameter } from '../engine/sandbox.ts';
import { identifier, literal } from '../engine/sql-text.ts';
import type { CubeModel } from '../models/cube-model.ts';
import type { Direction, Page } from './parse-query.ts';
import type { Join, ResolvedColumn } from './resolve-ref.ts';

export interface CubeTable {
  /** Absolute path of its Parquet file, inside a folder that the engine may read. */
  readonly file: string;
  /** The SQL type of each column. */
  readonly types: Readonly<Record<string, string>>;
}

/** A cube as queries see it. */
export interface CubeSource {
  readonly model: CubeModel;
  /** By name: the model's `fact_table`, and those that its dimensions have of their own. */
  readonly tables: Readonly<Record<string, CubeTable>>;
}

export type AnswerRow = Readonly<Record<string, JsonValue>>;

/** An answer: its JSON body but for `status`, and the same as rows for CSV. */
export interface QueryAnswer {
  readonly body: Readonly<Record<string, JsonValue | undefined>>;
  readonly refs: readonly string[];
  readonly rows: readonly AnswerRow[];
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** A query that was understood: what to ask the engine, and how to read what it says. */
export interface PreparedQuery {
  readonly statements: readonly Statement[];
  /** Takes the rows of each statement. */
  read(results: readonly (readonly Cell[][])[]): QueryAnswer;
}

export async function runQuery(session: EngineSession, query: PreparedQuery): Promise<QueryAnswer> {
  const results: Cell[][][] = [];
  for (const { sql, parameters } of query.statements) results.push(await session.rows(sql, parameters));
  return query.read(results);
}

/** A binding error of cubes.md 5.4: the model names what is not in its tables. */
function tableOf({ tables }: CubeSource, name: string): CubeTable {
  const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (table === undefined) throw new Error(`the model names the table "${name}", which is not there`);
  return table;
}

/** Not the table's name alone: two dimensions may be joined to one table by different columns. */
function aliasOf(join: Join | undefined): string {
  return join === undefined ? 'facts' : identifier(`${join.table} ${join.keyColumn} by ${join.factColumn}`);
}

export function columnSql({ join, column }: ResolvedColumn): string {
  return `${aliasOf(join)}.${identifier(column)}`;
}

function typeIn(source: CubeSource, table: string, column: string): string {
  const { types } = tableOf(source, table);
  const type = Object.hasOwn(types, column) ? types[column] : undefined;
  if (type === undefined) throw new Error(`the model names "${table}.${column}", which is not there`);
  return type;
}

/** The SQL type that a column has in its file. */
export function columnType(source: CubeSource, column: Pick<ResolvedColumn, 'join' | 'column'>): string {
  return typeIn(source, column.join?.table ?? source.model.fact_table, column.column);
}

function readTable(source: CubeSource, table: string, alias: string): string {
  return `read_parquet(${literal(tableOf(source, table).file)}) AS ${alias}`;
}

function joinSql(source: CubeSource, join: Join): string {
  const alias = aliasOf(join);
  const [key, fact] = [`${alias}.${identifier(join.keyColumn)}`, `facts.${identifier(join.factColumn)}`];
  const types = [
    typeIn(source, join.table, join.keyColumn),
    typeIn(source, source.model.fact_table, join.factColumn),
  ];
  // Text beside numbers: DuckDB would convert the text, and fail at the first that is none.
  const asText = types[0] !== types[1] && types.includes('VARCHAR');
  const equal = asText ? `CAST(${key} AS VARCHAR) = CAST(${fact} AS VARCHAR)` : `${key} = ${fact}`;
  return `INNER JOIN ${readTable(source, join.table, alias)} ON ${equal}`;
}

/** The joins that these columns need, each once. */
function joinsOf(columns: readonly ResolvedColumn[]): Join[] {
  return [...new Map(columns.flatMap(({ join }) => (join ? [[aliasOf(join), join]] : []))).values()];
}

/** The facts, inner-joined with the tables of these columns. */
export function factsWith(source: CubeSource, columns: readonly ResolvedColumn[]): string {
  const joins = joinsOf(columns).map((join) => joinSql(source, join));
  return [readTable(source, source.model.fact_table, 'facts'), ...joins].join(' ');
}

/** Where members come from: their own table alone, unless a cut asks for more (cubes.md 5.4). */
export function membersWith(source: CubeSource, columns: readonly ResolvedColumn[]): string {
  const [only, another] = joinsOf(columns);
  const isOneTable = only !== undefined && another === undefined && columns.every(({ join }) => join);
  return isOneTable ? readTable(source, only.table, aliasOf(only)) : factsWith(source, columns);
}

export function needsJoin(columns: readonly ResolvedColumn[], joined: readonly ResolvedColumn[]): boolean {
  const there = new Set(joinsOf(joined).map(aliasOf));
  return joinsOf(columns).some((join) => !there.has(aliasOf(join)));
}

/** NULLs come last in both directions, as in PostgreSQL (cubes.md 5.3). */
export function orderTerm(sql: string, direction: Direction): string {
  return `${sql} ${direction === 'desc' ? 'DESC' : 'ASC'} NULLS LAST`;
}

export function limitOf({ page, pageSize }: Page): string {
  return `LIMIT ${pageSize} OFFSET ${(page - 1) * pageSize}`;
}
