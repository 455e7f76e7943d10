import type { Field } from '../descriptor/field-schema.ts';
import type { FiscalAttribute, FiscalDimension, FiscalModel } from '../descriptor/fiscal-schema.ts';
import { type FiscalType, fiscalType } from './fiscal-types.ts';
import { slug, uniqueName } from './names.ts';

/** A field that the taxonomy says something of. */
interface TypedColumn {
  readonly index: number;
  readonly field: Field;
  readonly typeName: string;
  readonly type: FiscalType;
  /** Its name as measure or attribute. */
  readonly key: string;
}

/** What is wrong with a column's type, by the column's place among the fields. */
export interface TypeProblem {
  readonly index: number;
  readonly message: string;
}

export interface ModelOfTypes {
  /** Undefined when no field has a type. */
  readonly model: FiscalModel | undefined;
  readonly problems: readonly TypeProblem[];
}

const rootOf = (typeName: string) => typeName.split(':')[0] ?? typeName;

/** The taxonomy's type of a field: `columnType`, in older descriptors `osType`. */
export function columnTypeOf({ columnType, osType }: Field): string | undefined {
  return columnType ?? osType;
}

function typedColumns(fields: readonly Field[]): { columns: TypedColumn[]; problems: TypeProblem[] } {
  const taken = new Set<string>();
  const problems: TypeProblem[] = [];
  const columns = fields.flatMap((field, index) => {
    const typeName = columnTypeOf(field);
    if (typeName === undefined || typeName === '') return [];
    const type = fiscalType(typeName);
    if (type === undefined) {
      problems.push({ index, message: `there is no column type "${typeName}"` });
      return [];
    }
    // what has no meaning is in no dimension
    if (rootOf(typeName) === 'unknown') return [];
    return [{ index, field, typeName, type, key: uniqueName(slug(field.name, slug(typeName)), taken) }];
  });
  return { columns, problems };
}

/** The column of a type, or of one of its kinds: `…:code` is also `…:code:full` and `…:code:part`. */
function columnOf(columns: readonly TypedColumn[], typeName: string): TypedColumn | undefined {
  return columns.find((column) => column.typeName === typeName || column.typeName.startsWith(`${typeName}:`));
}

/** The nearest level above that has a column: levels between may be missing. */
function ancestorOf(columns: readonly TypedColumn[], { type }: TypedColumn): TypedColumn | undefined {
  let parent = type.parent;
  while (parent !== undefined) {
    const found = columnOf(columns, parent);
    if (found !== undefined) return found;
    parent = fiscalType(parent)?.parent;
  }
  return undefined;
}

/** The type that a column labels. One type of the table is given as the label of itself: it is none. */
function labelled({ type, typeName }: TypedColumn): string | undefined {
  return type.labelFor === typeName ? undefined : type.labelFor;
}

function relationProblems(columns: readonly TypedColumn[]): TypeProblem[] {
  return columns.flatMap((column) => {
    const { index, type, typeName } = column;
    const code = labelled(column);
    if (code !== undefined && columnOf(columns, code) === undefined) {
      return [{ index, message: `"${typeName}" is the label of "${code}", which no column has` }];
    }
    if (type.parent !== undefined && ancestorOf(columns, column) === undefined) {
      return [
        { index, message: `"${typeName}" is below "${type.parent}", and no column is at or above that` },
      ];
    }
    return [];
  });
}

function attributeOf(columns: readonly TypedColumn[], column: TypedColumn): FiscalAttribute {
  const { field } = column;
  const code = labelled(column);
  const parent = ancestorOf(columns, column)?.key;
  const labelfor = code === undefined ? undefined : columnOf(columns, code)?.key;
  return {
    source: field.name,
    ...(field.title === undefined ? {} : { title: field.title }),
    ...(parent === undefined ? {} : { parent }),
    ...(labelfor === undefined ? {} : { labelfor }),
  };
}

/** Keys with each parent before its children. */
function inOrder(keys: readonly string[], attributes: Readonly<Record<string, FiscalAttribute>>): string[] {
  const depth = (key: string | undefined): number => {
    const parent = key === undefined ? undefined : attributes[key]?.parent;
    return parent === undefined ? 0 : 1 + depth(parent);
  };
  return keys.toSorted((a, b) => depth(a) - depth(b));
}

function dimensionOf(columns: readonly TypedColumn[], root: string): FiscalDimension {
  const mine = columns.filter(({ typeName }) => rootOf(typeName) === root);
  const attributes = Object.fromEntries(mine.map((column) => [column.key, attributeOf(columns, column)]));
  const identifying = mine.filter(({ type }) => type.isKey).map(({ key }) => key);
  const levels = inOrder(identifying.length > 0 ? identifying : mine.map(({ key }) => key), attributes);
  // The rest is looked at as dimensions of their own: nothing of the data is out of reach.
  const others = mine
    .filter((column) => !levels.includes(column.key) && labelled(column) === undefined)
    .map(({ key }) => key);
  return { attributes, primaryKey: [...levels, ...others], levels };
}

/** What a value's column says besides: in the field, or among its `options`. */
function measureOptions(field: Field): Record<string, unknown> {
  const options = typeof field.options === 'object' && field.options !== null ? field.options : {};
  const given: Record<string, unknown> = { ...field, ...options };
  return Object.fromEntries(
    ['currency', 'factor', 'direction', 'phase'].flatMap((name) =>
      given[name] === undefined || given[name] === '' ? [] : [[name, given[name]] as const],
    ),
  );
}

/**
 * The fiscal model that the column types of a table make (packages.md B3.9): values are measures, the
 * first part of any other type is its dimension.
 */
export function modelOfTypes(fields: readonly Field[]): ModelOfTypes {
  const { columns, problems: unknown } = typedColumns(fields);
  const problems = [...unknown, ...relationProblems(columns)];
  if (columns.length === 0 || problems.length > 0) return { model: undefined, problems };
  const values = columns.filter(({ typeName }) => typeName === 'value');
  const roots = [...new Set(columns.map(({ typeName }) => rootOf(typeName)))].filter(
    (root) => root !== 'value',
  );
  const measures = Object.fromEntries(
    values.map(({ key, field }) => {
      const title = field.title === undefined ? {} : { title: field.title };
      return [key, { source: field.name, factor: 1, ...title, ...measureOptions(field) }];
    }),
  );
  const dimensions = Object.fromEntries(roots.map((root) => [root, dimensionOf(columns, root)]));
  return { model: { measures, dimensions }, problems };
}
