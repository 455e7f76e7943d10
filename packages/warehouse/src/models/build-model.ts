import type { ForeignKey } from '../descriptor/field-schema.ts';
import type { FiscalDimension, FiscalModel } from '../descriptor/fiscal-schema.ts';
import type { ColumnPlan, PlannedColumn } from '../loading/plan-columns.ts';
import {
  type Attribute,
  type CubeModel,
  DEFAULT_AGGREGATES,
  type Dimension,
  type Measure,
} from './cube-model.ts';
import { codeKey, isOf, measureKey } from './derive-columns.ts';
import { inTable, type JoinedTable, joinColumns, ownResource } from './joined-tables.ts';
import { shortenedName, slug, titleCase, uniqueName } from './names.ts';

export interface ModelSource {
  readonly model: FiscalModel;
  readonly plan: ColumnPlan;
  readonly resource: string;
  readonly factTable: string;
  /** Titles of fields by trimmed name. */
  readonly titles: ReadonlyMap<string, string>;
  readonly foreignKeys: readonly ForeignKey[];
  readonly others: readonly JoinedTable[];
}

function attributeOf(column: PlannedColumn, label: string): Attribute {
  return { label, column: column.name, type: column.type };
}

function measures({ model, plan, resource, titles }: ModelSource): Record<string, Measure> {
  const taken = new Set<string>();
  return Object.fromEntries(
    Object.entries(model.measures)
      .filter(([, measure]) => isOf(resource, measure))
      .flatMap(([name, measure]) => {
        const source = measure.source.trim();
        const column = plan.byDerivation.get(measureKey(name)) ?? plan.byField.get(source);
        if (column === undefined) return [];
        const entry: Measure = {
          label: measure.title ?? titles.get(source) ?? source,
          column: column.name,
          type: column.type,
          scale: column.scale,
          ...(measure.currency === undefined ? {} : { currency: measure.currency }),
          orig_measure: name,
          aggregates: [...(measure.aggregates ?? DEFAULT_AGGREGATES)],
        };
        return [[uniqueName(slug(name), taken), entry] as const];
      }),
  );
}

interface Names {
  readonly taken: Set<string>;
  readonly old: Set<string>;
}

/** A dimension for each key of the descriptor's dimension (packages.md 3.7, names by A6). */
function splitDimension(
  source: ModelSource,
  name: string,
  dimension: FiscalDimension,
  names: Names,
): [string, Dimension, string][] {
  const { plan, resource, titles } = source;
  const several = dimension.primaryKey.length > 1;
  const base = slug(name);
  names.old.add(shortenedName(base));
  const columns = new Map(
    Object.entries(dimension.attributes)
      .filter(([, attribute]) => isOf(resource, attribute))
      .flatMap(([attribute, { source: field, title }]) => {
        const column = plan.byDerivation.get(codeKey(name, attribute)) ?? plan.byField.get(field.trim());
        const label = title ?? titles.get(field.trim()) ?? field.trim();
        return column === undefined ? [] : [[attribute, attributeOf(column, label)] as const];
      }),
  );
  return dimension.primaryKey.flatMap((key) => {
    if (!columns.has(key)) return [];
    const labelled = Object.entries(dimension.attributes).find(
      ([, attribute]) => attribute.labelfor === key,
    )?.[0];
    const members = several ? [key, ...(labelled === undefined ? [] : [labelled])] : [key, ...columns.keys()];
    const attributes = [...new Set(members)].flatMap((member) => {
      const column = columns.get(member);
      return column === undefined ? [] : [[slug(member), column] as const];
    });
    const whole = several ? `${base}_${slug(key)}` : base;
    const title = dimension.title ?? titleCase(name);
    // Where column types make the model, the older system called a dimension by its attribute alone.
    const old = dimension.levels === undefined ? uniqueName(shortenedName(whole), names.old) : slug(key);
    const unique = uniqueName(whole, names.taken);
    const entry: Dimension = {
      label: several ? `${title}: ${columns.get(key)?.label ?? key}` : title,
      ...(dimension.description === undefined ? {} : { description: dimension.description }),
      key_attribute: slug(key),
      ...(labelled === undefined || !columns.has(labelled) ? {} : { label_attribute: slug(labelled) }),
      attributes: Object.fromEntries(attributes),
      cardinality_class: null,
      ...(old === unique ? {} : { alias: old }),
    };
    return [[unique, entry, key] as [string, Dimension, string]];
  });
}

/** The same of a dimension whose attributes are in another table, when a foreign key says how to find its rows. */
function dimensionsOf(
  source: ModelSource,
  name: string,
  dimension: FiscalDimension,
  names: Names,
): [string, Dimension, string][] {
  const resource = ownResource(dimension, source.resource);
  const other = source.others.find((candidate) => candidate.resource === resource);
  const join = other && joinColumns(source.plan, source.foreignKeys, other);
  if (other === undefined || join === undefined) return splitDimension(source, name, dimension, names);
  const { plan, titles, table } = other;
  const there = { ...source, plan, titles, resource: other.resource };
  return splitDimension(there, name, dimension, names).map(([own, entry, key]) => [
    own,
    inTable(entry, table, join),
    key,
  ]);
}

/** The dimensions that are levels of their hierarchy, in their order. */
function levelsOf(
  levels: readonly string[] | undefined,
  dimensions: readonly [string, Dimension, string][],
): string[] {
  const chosen = dimensions.filter(([, , key]) => levels === undefined || levels.includes(key));
  return (chosen.length > 0 ? chosen : dimensions).map(([name]) => name);
}

/** The babbage model of a resource from the descriptor's fiscal `model`. */
export function buildFiscalModel(source: ModelSource): CubeModel {
  const names: Names = { taken: new Set(), old: new Set() };
  const groups = Object.entries(source.model.dimensions).map(([name, dimension]) => ({
    name,
    label: dimension.title ?? titleCase(name),
    levels: dimension.levels,
    dimensions: dimensionsOf(source, name, dimension, names),
  }));
  const taken = new Set<string>();
  return {
    fact_table: source.factTable,
    measures: measures(source),
    dimensions: Object.fromEntries(
      groups.flatMap((group) => group.dimensions.map(([name, dimension]) => [name, dimension] as const)),
    ),
    hierarchies: Object.fromEntries(
      groups
        .filter((group) => group.dimensions.length > 0)
        .map((group) => [
          uniqueName(slug(group.name), taken),
          { label: group.label, levels: levelsOf(group.levels, group.dimensions) },
        ]),
    ),
  };
}
