import { problem } from '@flyloft/common';
import type { Parameter } from '../engine/sandbox.ts';
import { identifier } from '../engine/sql-text.ts';
import type { ColumnType, CubeModel } from '../models/cube-model.ts';
import { type CutTerm, parseCut } from './parse-cut.ts';
import { findAggregate, findColumn, type ResolvedColumn, unknownRef } from './resolve-ref.ts';

/** The answer's own account of a cut (cubes.md 5.4). */
export interface CutCell {
  readonly ref: string;
  readonly operator: ':' | '!:' | '[]' | 'null';
  readonly value: readonly (string | null)[];
}

export interface CompiledCut {
  /** A WHERE condition over the fact file's columns, `TRUE` without cuts. Parameters are `$1`, `$2`, … */
  readonly condition: string;
  readonly parameters: readonly Parameter[];
  readonly cells: readonly (CutCell & { readonly type: ColumnType })[];
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const INTEGER = /^[+-]?\d+$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?Z?)?$/;
const MAX_DIGITS = 38;

function isDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}

/** SQL type that a value is bound as, or undefined when it is no value of the column's type. */
function bindingType(type: ColumnType, value: string): string | undefined {
  switch (type) {
    case 'string':
      return 'VARCHAR';
    case 'integer':
    case 'number': {
      const isValid = type === 'integer' ? INTEGER.test(value) : NUMBER.test(value);
      const [whole = '', fraction = ''] = value.replace(/^[+-]/, '').split('.');
      const digits = Math.max(1, whole.length + fraction.length);
      return isValid && digits <= MAX_DIGITS ? `DECIMAL(${digits}, ${fraction.length})` : undefined;
    }
    case 'boolean':
      return /^(true|false)$/i.test(value) ? 'BOOLEAN' : undefined;
    case 'date':
      return DATE.test(value) && isDay(value) ? 'DATE' : undefined;
    case 'datetime':
      return DATE_TIME.test(value) && isDay(value) ? 'TIMESTAMP' : undefined;
  }
}

const OPERATORS = { in: ':', 'not-in': '!:', range: '[]', null: 'null' } as const;

function compileTerm(term: CutTerm, column: ResolvedColumn, parameters: Parameter[]): string {
  const name = identifier(column.column);
  const bind = (value: string): string => {
    const type = bindingType(column.type, value);
    if (type === undefined) {
      const detail = `"${value}" is not a valid ${column.type}, which "${term.ref}" needs`;
      throw problem('invalid_parameter', `cut: ${detail}`, { errors: [{ parameter: 'cut', detail }] });
    }
    parameters.push(column.type === 'datetime' ? value.replace(/Z$/, '') : value);
    return `CAST($${parameters.length} AS ${type})`;
  };
  const { condition } = term;
  switch (condition.kind) {
    case 'null':
      return `${name} IS NULL`;
    case 'in':
      return condition.values.length === 1
        ? `${name} = ${bind(condition.values[0] ?? '')}`
        : `${name} IN (${condition.values.map(bind).join(', ')})`;
    case 'not-in':
      return condition.values.map((value) => `${name} IS DISTINCT FROM ${bind(value)}`).join(' AND ');
    case 'range':
      return [
        ...(condition.low === undefined ? [] : [`${name} >= ${bind(condition.low)}`]),
        ...(condition.high === undefined ? [] : [`${name} <= ${bind(condition.high)}`]),
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
export function compileCut(model: CubeModel, text: string | undefined): CompiledCut {
  const parameters: Parameter[] = [];
  const conditions: string[] = [];
  const cells: (CutCell & { type: ColumnType })[] = [];
  for (const term of parseCut(text ?? '')) {
    const column = findColumn(model, term.ref);
    if (column === undefined) {
      const detail = `"${term.ref}" is an aggregate, and aggregates cannot be cut`;
      if (findAggregate(model, term.ref) === undefined) unknownRef('cut', term.ref);
      throw problem('invalid_parameter', `cut: ${detail}`, { errors: [{ parameter: 'cut', detail }] });
    }
    conditions.push(compileTerm(term, column, parameters));
    const { ref, type } = column;
    cells.push({ ref, operator: OPERATORS[term.condition.kind], value: valuesOf(term), type });
  }
  return { condition: conditions.length === 0 ? 'TRUE' : conditions.join(' AND '), parameters, cells };
}
