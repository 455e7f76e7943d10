import { jsonCell } from '../answers/cell-values.ts';
import { type JsonValue, rawJson } from '../answers/json-text.ts';
import type { Parameter } from '../engine/sandbox.ts';
import type { ColumnType } from '../models/cube-model.ts';
import { type CutValue, cutValue } from './cut-values.ts';
import { type CutTerm, parseCut } from './parse-cut.ts';
import { badParameter } from './parse-query.ts';
import { type CubeSource, columnSql, columnType } from './query-source.ts';
import { findAggregate, findColumn, type ResolvedColumn, unknownRef } from './resolve-ref.ts';

/** The answer's own account of a cut (cubes.md 5.4). */
interface CutCell {
  readonly ref: string;
  readonly operator: ':' | '!:' | '[]' | 'null';
  readonly value: readonly (string | null)[];
  readonly type: ColumnType;
}

export interface CompiledCut {
  /** A WHERE condition, `TRUE` without cuts. Parameters are `$1`, `$2`, … */
  readonly condition: string;
  readonly parameters: readonly Parameter[];
  readonly cells: readonly CutCell[];
  /** The columns that the condition reads. */
  readonly columns: readonly ResolvedColumn[];
}

const OPERATORS = { in: ':', 'not-in': '!:', range: '[]', null: 'null' } as const;

type Bind = (value: CutValue) => string;

function isOneOf(name: string, values: readonly CutValue[], bind: Bind): string {
  const there = values.filter(({ place }) => place.kind === 'on').map(bind);
  if (there.length === 0) return 'FALSE';
  return there.length === 1 ? `${name} = ${there[0]}` : `${name} IN (${there.join(', ')})`;
}

/** Keeps NULLs (cubes.md A). */
function isNoneOf(name: string, values: readonly CutValue[], bind: Bind): string {
  const there = values.filter(({ place }) => place.kind === 'on');
  return there.length === 0
    ? 'TRUE'
    : there.map((value) => `${name} IS DISTINCT FROM ${bind(value)}`).join(' AND ');
}

function isAtLeast(name: string, value: CutValue, bind: Bind): string {
  if (value.place.kind === 'above') return 'FALSE';
  if (value.place.kind === 'below') return `${name} IS NOT NULL`;
  return `${name} ${value.place.kind === 'on' ? '>=' : '>'} ${bind(value)}`;
}

function isAtMost(name: string, value: CutValue, bind: Bind): string {
  if (value.place.kind === 'below') return 'FALSE';
  if (value.place.kind === 'above') return `${name} IS NOT NULL`;
  return `${name} <= ${bind(value)}`;
}

function compileTerm(source: CubeSource, term: CutTerm, column: ResolvedColumn, bind: Bind): string {
  const [name, { condition }] = [columnSql(column), term];
  const convert = (text: string): CutValue =>
    cutValue(text, column.type, columnType(source, column)) ??
    badParameter('cut', `"${text}" is not a valid ${column.type}, which "${term.ref}" needs`);
  switch (condition.kind) {
    case 'null':
      return `${name} IS NULL`;
    case 'in':
      return isOneOf(name, condition.values.map(convert), bind);
    case 'not-in':
      return isNoneOf(name, condition.values.map(convert), bind);
    case 'range':
      return [
        ...(condition.low === undefined ? [] : [isAtLeast(name, convert(condition.low), bind)]),
        ...(condition.high === undefined ? [] : [isAtMost(name, convert(condition.high), bind)]),
      ].join(' AND ');
  }
}

function valuesOf({ condition }: CutTerm): (string | null)[] {
  if (condition.kind === 'null') return [null];
  return condition.kind === 'range' ? [condition.low ?? null, condition.high ?? null] : [...condition.values];
}

/**
 * Turns a cut into SQL: identifiers come from the model, values are parameters cast to the column's type.
 * @throws {ProblemError} 400 for a ref that is not there, an aggregate, or a value that cannot convert.
 */
export function compileCut(source: CubeSource, text: string | undefined): CompiledCut {
  const { model } = source;
  const parameters: Parameter[] = [];
  const bind: Bind = (value) => value.sql(parameters.push(value.parameter));
  const terms = parseCut(text ?? '').map((term) => {
    const column = findColumn(model, term.ref);
    if (column !== undefined) return { term, column };
    if (findAggregate(model, term.ref) === undefined) return unknownRef(model, 'cut', term.ref);
    return badParameter('cut', `"${term.ref}" is an aggregate, and aggregates cannot be cut`);
  });
  const conditions = terms.map(({ term, column }) => compileTerm(source, term, column, bind));
  return {
    condition: conditions.length === 0 ? 'TRUE' : conditions.join(' AND '),
    parameters,
    cells: terms.map(({ term, column: { ref, type } }) => {
      return { ref, operator: OPERATORS[term.condition.kind], value: valuesOf(term), type };
    }),
    columns: terms.map(({ column }) => column),
  };
}

function presentValue(entry: string | null, type: ColumnType): JsonValue {
  // a cut writes numbers in more ways than JSON does: +1, 01, .5
  if (type === 'integer' && entry !== null) return rawJson(BigInt(entry).toString());
  return jsonCell(entry, type === 'number' || type === 'boolean' ? 'string' : type);
}

export function presentCells(cut: CompiledCut): JsonValue[] {
  return cut.cells.map(({ ref, operator, value, type }) => ({
    ref,
    operator,
    value: value.map((entry) => presentValue(entry, type)),
  }));
}
