import { problem } from '@flyloft/common';
import {
  AGGREGATE_FUNCTIONS,
  type AggregateFunction,
  type ColumnType,
  type CubeModel,
  type Dimension,
} from '../models/cube-model.ts';
import { nearestOf } from '../nearest-value.ts';

/** How facts find the rows of a dimension's own table. */
export interface Join {
  readonly table: string;
  readonly factColumn: string;
  readonly keyColumn: string;
}

/** A measure or attribute as a query names it. `ref` labels it in the answer: the alias, when one was used. */
export interface ResolvedColumn {
  readonly ref: string;
  /** Its name in its table. */
  readonly column: string;
  readonly type: ColumnType;
  /** Undefined for columns of the facts. */
  readonly join: Join | undefined;
}

export interface ResolvedAggregate {
  readonly ref: string;
  readonly function: AggregateFunction;
  /** Undefined for `_count`. */
  readonly column: string | undefined;
  readonly type: ColumnType;
  readonly scale: number;
}

export type RefUse = 'drilldown' | 'cut' | 'order' | 'fields' | 'aggregates' | 'members';

/** What can be named there: dimensions first, as they are what is meant most. */
function refsFor(model: CubeModel, use: RefUse): string[] {
  if (use === 'aggregates') return allAggregates(model).map(({ ref }) => ref);
  const attributes = Object.entries(model.dimensions).flatMap(([name, dimension]) =>
    Object.keys(dimension.attributes).map((attribute) => `${name}.${attribute}`),
  );
  const measures = use === 'drilldown' || use === 'members' ? [] : Object.keys(model.measures);
  return [...Object.keys(model.dimensions), ...measures, ...attributes];
}

export function unknownRef(model: CubeModel, use: RefUse, ref: string): never {
  const detail = `there is no "${ref}" in this cube: ${nearestOf(ref, refsFor(model, use))}`;
  throw problem('invalid_parameter', `${use}: ${detail}`, { errors: [{ parameter: use, detail }] });
}

/** Own properties only: a dimension may be called `constructor`, and none is unless the model says so. */
function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function dimensionOf(model: CubeModel, name: string): Dimension | undefined {
  return (
    own(model.dimensions, name) ??
    Object.values(model.dimensions).find((dimension) => dimension.alias === name)
  );
}

/** `column` or `table.column`; a bare one is of the facts (cubes.md 5.2). */
function splitColumn(model: CubeModel, text: string): { readonly table?: string; readonly column: string } {
  const dot = text.indexOf('.');
  const [table, column] = [text.slice(0, Math.max(0, dot)), text.slice(dot + 1)];
  return dot === -1 || table === model.fact_table ? { column } : { table, column };
}

function joinOf(model: CubeModel, table: string, dimension: Dimension): Join {
  const { join_column: join, attributes, key_attribute: key } = dimension;
  if (join === undefined) throw new Error(`nothing says how "${table}" is joined to the facts`);
  const [factColumn, keyColumn] =
    typeof join === 'string' ? [join, own(attributes, key)?.column ?? ''] : join;
  const inTable = (column: string) => splitColumn(model, column).column;
  return { table, factColumn: inTable(factColumn), keyColumn: inTable(keyColumn) };
}

function attributeColumn(
  model: CubeModel,
  dimension: Dimension,
  ref: string,
  attribute: string,
): ResolvedColumn | undefined {
  const found = own(dimension.attributes, attribute);
  if (found === undefined) return undefined;
  const { table, column } = splitColumn(model, found.column);
  const join = table === undefined ? undefined : joinOf(model, table, dimension);
  return { ref, column, type: found.type, join };
}

/** `d.a`, by name, by the older system's name, or by the hierarchy of the dimension (cubes.md 5.2). */
function resolveAttribute(model: CubeModel, ref: string): ResolvedColumn | undefined {
  const dot = ref.indexOf('.');
  if (dot === -1) return undefined;
  const [name, attribute] = [ref.slice(0, dot), ref.slice(dot + 1)];
  const dimension = dimensionOf(model, name);
  const direct = dimension && attributeColumn(model, dimension, ref, attribute);
  if (direct !== undefined) return direct;
  for (const level of own(model.hierarchies, name)?.levels ?? []) {
    const inside = own(model.dimensions, level);
    const found = inside && attributeColumn(model, inside, ref, attribute);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All attributes of a dimension, key first. */
function dimensionColumns(model: CubeModel, name: string, dimension: Dimension): ResolvedColumn[] {
  const others = Object.keys(dimension.attributes).filter(
    (attribute) => attribute !== dimension.key_attribute,
  );
  return [dimension.key_attribute, ...others].flatMap(
    (attribute) => attributeColumn(model, dimension, `${name}.${attribute}`, attribute) ?? [],
  );
}

function resolveMeasure(model: CubeModel, ref: string): ResolvedColumn | undefined {
  const measure = own(model.measures, ref);
  if (measure === undefined) return undefined;
  return { ref, column: splitColumn(model, measure.column).column, type: measure.type, join: undefined };
}

/** One column: a measure, an attribute, or a dimension's key (cuts and orders). */
export function findColumn(model: CubeModel, ref: string): ResolvedColumn | undefined {
  const dimension = dimensionOf(model, ref);
  const key = dimension && dimensionColumns(model, ref, dimension)[0];
  return key ?? resolveAttribute(model, ref) ?? resolveMeasure(model, ref);
}

/** The columns of a drilldown, field or members ref: a dimension stands for all its attributes. */
export function resolveColumns(
  model: CubeModel,
  ref: string,
  use: RefUse,
  options: { readonly measures: boolean },
): ResolvedColumn[] {
  const dimension = dimensionOf(model, ref);
  if (dimension !== undefined) return dimensionColumns(model, ref, dimension);
  const found = resolveAttribute(model, ref) ?? (options.measures ? resolveMeasure(model, ref) : undefined);
  return found === undefined ? unknownRef(model, use, ref) : [found];
}

const COUNT_REF = '_count';

/** `_count`, or a measure and one of its functions. */
export function findAggregate(model: CubeModel, ref: string): ResolvedAggregate | undefined {
  if (ref === COUNT_REF) return { ref, function: 'count', column: undefined, type: 'integer', scale: 0 };
  const dot = ref.lastIndexOf('.');
  const measure = own(model.measures, ref.slice(0, Math.max(0, dot)));
  const name = AGGREGATE_FUNCTIONS.find((candidate) => candidate === ref.slice(dot + 1));
  if (measure === undefined || name === undefined) return undefined;
  // Words can be counted and compared, not added.
  const isNumeric = measure.type === 'integer' || measure.type === 'number';
  if (!isNumeric && (name === 'sum' || name === 'avg')) return undefined;
  const { column } = splitColumn(model, measure.column);
  return { ref, function: name, column, type: measure.type, scale: measure.scale };
}

/** Every aggregate of a model, for queries that name none. */
export function allAggregates(model: CubeModel): ResolvedAggregate[] {
  const refs = Object.entries(model.measures).flatMap(([measure, { aggregates }]) =>
    aggregates.map((name) => `${measure}.${name}`),
  );
  return [...refs, COUNT_REF].flatMap((ref) => findAggregate(model, ref) ?? []);
}
