import type { TableSchema } from '../descriptor/field-schema.ts';
import type { ColumnPlan, PlannedColumn } from '../loading/plan-columns.ts';
import { type CubeModel, DEFAULT_AGGREGATES, type Dimension, type Measure } from './cube-model.ts';

/** A number whose name has one of these words counts or names things: summing it means nothing. */
const NOT_MEASURED =
  /(^|_)(id|ids|code|codes|year|month|day|week|quarter|zip|postcode|phone|lat|lon|latitude|longitude)(_|$)/;

/** Numbers of a year (type `year`), ids, codes and keys tell things apart; all others are measures. */
function isMeasure({ name, type, sqlType, field }: PlannedColumn, keys: ReadonlySet<string>): boolean {
  const isNumber = (type === 'number' || type === 'integer') && sqlType !== 'INTEGER';
  return isNumber && !NOT_MEASURED.test(name) && !keys.has(field);
}

/** Fields that identify rows, here or in another table. */
export function keyFields(schema: TableSchema | undefined): Set<string> {
  const unique = (schema?.fields ?? []).filter(({ constraints }) => constraints?.unique === true);
  return new Set(
    [
      ...(schema?.primaryKey ?? []),
      ...(schema?.uniqueKeys ?? []).flat(),
      ...(schema?.foreignKeys ?? []).flatMap(({ fields }) => fields),
      ...unique.map(({ name }) => name),
    ].map((name) => name.trim()),
  );
}

function measure(column: PlannedColumn, label: string): Measure {
  return {
    label,
    column: column.name,
    type: column.type,
    scale: column.scale,
    aggregates: [...DEFAULT_AGGREGATES],
  };
}

function dimension(column: PlannedColumn, label: string): Dimension {
  return {
    label,
    key_attribute: column.name,
    attributes: { [column.name]: { label, column: column.name, type: column.type } },
    cardinality_class: null,
  };
}

/**
 * A model for a table that brings none: numbers are measures, but for years (the Table Schema type),
 * ids and codes (by their names, or because they are keys); every other column is a dimension of its own.
 */
export function inferModel(
  plan: ColumnPlan,
  factTable: string,
  titles: ReadonlyMap<string, string>,
  keys: ReadonlySet<string>,
): CubeModel {
  const label = (column: PlannedColumn) => titles.get(column.field) ?? column.field;
  const columns = [...plan.byField.values()];
  const measures = columns.filter((column) => isMeasure(column, keys));
  const dimensions = columns.filter((column) => !isMeasure(column, keys));
  return {
    fact_table: factTable,
    measures: Object.fromEntries(measures.map((column) => [column.name, measure(column, label(column))])),
    dimensions: Object.fromEntries(
      dimensions.map((column) => [column.name, dimension(column, label(column))]),
    ),
    hierarchies: {},
  };
}
