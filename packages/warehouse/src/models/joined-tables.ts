import type { ForeignKey } from '../descriptor/field-schema.ts';
import type { FiscalDimension } from '../descriptor/fiscal-schema.ts';
import type { ColumnPlan } from '../loading/plan-columns.ts';
import type { Dimension } from './cube-model.ts';

/** Another table of the package, which a foreign key of the facts refers to. */
export interface JoinedTable {
  readonly resource: string;
  /** Its name in models. */
  readonly table: string;
  readonly plan: ColumnPlan;
  readonly titles: ReadonlyMap<string, string>;
  /** Absolute path of its Parquet file. */
  readonly file: string;
}

/** The one other resource that has all attributes of a dimension. */
export function ownResource(dimension: FiscalDimension, main: string): string | undefined {
  const [resource, another] = new Set(
    Object.values(dimension.attributes).map((attribute) => attribute.resource),
  );
  return resource === main || another !== undefined ? undefined : resource;
}

/** The column of the facts and that of the other table that a foreign key says are equal. */
export function joinColumns(
  plan: ColumnPlan,
  foreignKeys: readonly ForeignKey[],
  to: JoinedTable,
): [string, string] | undefined {
  for (const { fields, reference } of foreignKeys) {
    if (reference.resource !== to.resource || fields.length !== 1 || reference.fields.length !== 1) continue;
    const mine = plan.byField.get((fields[0] ?? '').trim())?.name;
    const theirs = to.plan.byField.get((reference.fields[0] ?? '').trim())?.name;
    if (mine !== undefined && theirs !== undefined) return [mine, `${to.table}.${theirs}`];
  }
  return undefined;
}

/** A dimension over the columns of a table of its own (cubes.md 5.2). */
export function inTable(dimension: Dimension, table: string, join: [string, string]): Dimension {
  const attributes = Object.entries(dimension.attributes).map(([name, attribute]) => {
    return [name, { ...attribute, column: `${table}.${attribute.column}` }] as const;
  });
  return { ...dimension, attributes: Object.fromEntries(attributes), join_column: join };
}
