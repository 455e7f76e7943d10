import { identifier, literal } from '../engine/sql-text.ts';
import { LoadFailure } from '../load-failure.ts';
import type { ColumnType } from '../models/cube-model.ts';
import { slug, uniqueName } from '../models/names.ts';
import { cell } from './csv-source.ts';
import type { ExaminedColumn, ExaminedTable } from './examine-table.ts';
import { FAST_DIGITS, MAX_DIGITS } from './measure-digits.ts';
import { plainNumber } from './types/numbers.ts';
import { rulesOf } from './types/type-rules.ts';

/** A column of the Parquet file. */
export interface PlannedColumn {
  readonly name: string;
  /** The declared field it holds, or is made from. */
  readonly field: string;
  readonly sqlType: string;
  readonly type: ColumnType;
  /** Digits after the point. */
  readonly scale: number;
  /** SQL over the file's cells. */
  readonly expression: string;
}

/** A column made from fields: a measure times its factor, or the parts of a code joined. */
export type Derivation =
  | { readonly kind: 'factor'; readonly key: string; readonly source: string; readonly factor: number }
  | { readonly kind: 'code'; readonly key: string; readonly sources: readonly string[] };

export interface ColumnPlan {
  readonly columns: readonly PlannedColumn[];
  /** By trimmed field name. */
  readonly byField: ReadonlyMap<string, PlannedColumn>;
  /** By the key of the derivation. */
  readonly byDerivation: ReadonlyMap<string, PlannedColumn>;
}

interface Typed {
  readonly sqlType: string;
  readonly type: ColumnType;
  readonly scale: number;
  readonly expression: string;
}

function decimal(before: number, after: number): string {
  const digits = Math.max(1, before + after);
  return `DECIMAL(${digits <= FAST_DIGITS ? FAST_DIGITS : MAX_DIGITS}, ${after})`;
}

function numberColumn({ field, type, index, digits }: ExaminedColumn): Typed {
  const isInteger = type === 'integer';
  const { before, after } = digits;
  const fast = isInteger && before <= FAST_DIGITS;
  const sqlType = fast ? 'BIGINT' : decimal(before, after);
  const text = index === undefined ? 'NULL' : plainNumber(field, cell(index));
  return {
    sqlType,
    type: isInteger ? 'integer' : 'number',
    scale: isInteger ? 0 : after,
    expression: `CAST(${text} AS ${sqlType})`,
  };
}

function typed(column: ExaminedColumn): Typed {
  if (column.type === 'integer' || column.type === 'number') return numberColumn(column);
  const { sqlType, columnType, value } = rulesOf(column.type);
  const expression = column.index === undefined ? 'NULL' : value(column.field, cell(column.index));
  return { sqlType, type: columnType, scale: 0, expression: `CAST(${expression} AS ${sqlType})` };
}

/** A factor's digits without an exponent: `1e-7` → `0.0000001`. */
function plainFactor(factor: number): string {
  const text = String(factor);
  if (!text.includes('e')) return text;
  return factor.toFixed(20).replace(/\.?0+$/, '');
}

function multiplied(column: ExaminedColumn, factor: number): Typed {
  const text = plainFactor(factor);
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const own = Math.max(1, column.digits.before + column.digits.after);
  const before = column.digits.before + whole.length;
  const after = column.digits.after + fraction.length;
  if (before + after > MAX_DIGITS) {
    const message = `times ${text} needs ${before + after} digits; ${MAX_DIGITS} can be kept exactly`;
    throw new LoadFailure('data_invalid', `The column "${column.field.name}" ${message}.`, [
      { column: column.field.name, rule: 'digits', message },
    ]);
  }
  const value = column.index === undefined ? 'NULL' : plainNumber(column.field, cell(column.index));
  const ofFactor = `CAST(${literal(text)} AS DECIMAL(${whole.length + fraction.length}, ${fraction.length}))`;
  const sqlType = decimal(before, after);
  // The narrowest types: a product of DECIMAL(18) values would have 36 digits.
  const product = `CAST(${value} AS DECIMAL(${own}, ${column.digits.after})) * ${ofFactor}`;
  return { sqlType, type: 'number', scale: after, expression: `CAST(${product} AS ${sqlType})` };
}

/** Parts joined with ` - `; a code without its own part is none (packages.md 3.7, A6: blank is NULL). */
function joined(columns: readonly ExaminedColumn[]): Typed {
  const texts = columns.map(({ index }) => (index === undefined ? 'NULL' : cell(index)));
  const own = texts.at(-1) ?? 'NULL';
  const expression = `CASE WHEN ${own} IS NULL THEN NULL ELSE concat_ws(' - ', ${texts.join(', ')}) END`;
  return { sqlType: 'VARCHAR', type: 'string', scale: 0, expression };
}

/** Names and types of a cube file's columns, and the SQL that fills them. */
export function planColumns(table: ExaminedTable, derivations: readonly Derivation[]): ColumnPlan {
  const examined = new Map(table.columns.map((column) => [column.field.name.trim(), column]));
  const find = (source: string) => examined.get(source.trim());
  const taken = new Set(['_id']);
  const named = (field: string, name: string, column: Typed): PlannedColumn => ({
    ...column,
    field,
    name: uniqueName(slug(name), taken),
  });
  const byField = new Map(
    [...examined].map(([name, column]) => [name, named(name, name, typed(column))] as const),
  );
  const byDerivation = new Map<string, PlannedColumn>();
  for (const derivation of derivations) {
    const sources = derivation.kind === 'factor' ? [derivation.source] : derivation.sources;
    const columns = sources.flatMap((source) => find(source) ?? []);
    const last = columns.at(-1);
    if (last === undefined) continue;
    const column = derivation.kind === 'factor' ? multiplied(last, derivation.factor) : joined(columns);
    const suffix = derivation.kind === 'factor' ? 'amount' : 'full';
    const name = last.field.name.trim();
    byDerivation.set(derivation.key, named(name, `${name} ${suffix}`, column));
  }
  return { columns: [...byField.values(), ...byDerivation.values()], byField, byDerivation };
}

/** The SELECT list of a plan, with the 1-based row number first. */
export function selectList({ columns }: ColumnPlan): string {
  const list = columns.map(({ name, expression }) => `${expression} AS ${identifier(name)}`);
  return ['row_number() OVER () AS _id', ...list].join(', ');
}
