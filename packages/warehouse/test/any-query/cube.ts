import { join } from 'node:path';
import fc from 'fast-check';
import type { CubeModel, CubeSource } from '../../src/index.ts';
import type { Workbench } from '../tables.ts';

/** Decimals are whole numbers of their last digit's unit; dates are text. */
export type Value = string | bigint | boolean | null;

export type Kind = 'text' | 'integer' | 'decimal' | 'date' | 'boolean';

export interface Column {
  readonly kind: Kind;
  readonly scale: number;
  /** The SQL type, for DuckDB and PostgreSQL alike. */
  readonly sql: string;
}

const column = (kind: Kind, sql: string, scale = 0): Column => ({ kind, sql, scale });

export const FACT_COLUMNS = {
  region: column('text', 'VARCHAR'),
  region_name: column('text', 'VARCHAR'),
  year: column('integer', 'INTEGER'),
  day: column('date', 'DATE'),
  flag: column('boolean', 'BOOLEAN'),
  rate: column('decimal', 'DECIMAL(18, 3)', 3),
  place: column('text', 'VARCHAR'),
  origin: column('text', 'VARCHAR'),
  amount: column('decimal', 'DECIMAL(18, 2)', 2),
  pieces: column('integer', 'BIGINT'),
  vast: column('decimal', 'DECIMAL(38, 5)', 5),
};

export const PLACE_COLUMNS = {
  code: column('text', 'VARCHAR'),
  name: column('text', 'VARCHAR'),
  size: column('integer', 'BIGINT'),
};

export type Row<C> = Readonly<Record<keyof C, Value>>;
export type Fact = Row<typeof FACT_COLUMNS>;
export type Place = Row<typeof PLACE_COLUMNS>;

export interface Data {
  readonly facts: readonly Fact[];
  /** One for each code. */
  readonly places: readonly Place[];
}

const TYPES = {
  text: 'string',
  integer: 'integer',
  decimal: 'number',
  date: 'date',
  boolean: 'boolean',
} as const;

const attribute = (name: string, { kind }: Column) => ({ label: name, column: name, type: TYPES[kind] });
const measure = (name: string, { kind, scale }: Column) => ({
  ...attribute(name, column(kind, '')),
  scale,
  aggregates: ['sum' as const],
});
const ofPlaces = () => ({
  code: { ...attribute('code', PLACE_COLUMNS.code), column: 'places.code' },
  name: { ...attribute('name', PLACE_COLUMNS.name), column: 'places.name' },
  size: { ...attribute('size', PLACE_COLUMNS.size), column: 'places.size' },
});
const plain = (name: 'year' | 'day' | 'flag' | 'rate') => ({
  label: name,
  key_attribute: name,
  attributes: { [name]: attribute(name, FACT_COLUMNS[name]) },
  cardinality_class: null,
});

/** A model of every type, with a label, and a table that two dimensions are joined to, in both forms. */
const MODEL: CubeModel = {
  fact_table: 'spending',
  measures: {
    amount: measure('amount', FACT_COLUMNS.amount),
    pieces: measure('pieces', FACT_COLUMNS.pieces),
    vast: measure('vast', FACT_COLUMNS.vast),
  },
  dimensions: {
    region: {
      label: 'region',
      key_attribute: 'code',
      label_attribute: 'name',
      attributes: {
        code: { ...attribute('region', FACT_COLUMNS.region) },
        name: { ...attribute('region_name', FACT_COLUMNS.region_name) },
      },
      cardinality_class: null,
    },
    year: plain('year'),
    day: plain('day'),
    flag: plain('flag'),
    rate: plain('rate'),
    place: {
      label: 'place',
      key_attribute: 'code',
      attributes: ofPlaces(),
      cardinality_class: null,
      join_column: 'place',
    },
    origin: {
      label: 'origin',
      key_attribute: 'code',
      attributes: ofPlaces(),
      cardinality_class: null,
      join_column: ['spending.origin', 'places.code'],
    },
  },
  hierarchies: {},
};

function literalOf(value: Value, { kind, scale, sql }: Column): string {
  if (value === null) return `CAST(NULL AS ${sql})`;
  if (typeof value === 'bigint')
    return `CAST('${decimalOf(value, kind === 'decimal' ? scale : 0)}' AS ${sql})`;
  return `CAST('${String(value).replaceAll("'", "''")}' AS ${sql})`;
}

/** Written again from the spec, not taken from what is tested. */
export function decimalOf(units: bigint, scale: number): string {
  const text = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const at = text.length - scale;
  return (units < 0n ? '-' : '') + (scale === 0 ? text : `${text.slice(0, at)}.${text.slice(at)}`);
}

/** A SELECT of these rows, numbered, in their order. */
export function rowsSql<C extends Readonly<Record<string, Column>>>(
  columns: C,
  rows: readonly Row<C>[],
): string {
  const names = Object.keys(columns) as (keyof C & string)[];
  const values = (row: Row<C> | undefined) =>
    names.map((name) => `${literalOf(row?.[name] ?? null, columns[name] as Column)} AS "${name}"`).join(', ');
  const selects = rows.map((row, index) => `SELECT CAST(${index + 1} AS BIGINT) AS _id, ${values(row)}`);
  return selects.length > 0
    ? selects.join(' UNION ALL ')
    : `SELECT CAST(0 AS BIGINT) AS _id, ${values(undefined)} LIMIT 0`;
}

let number = 0;

export async function writeCube(bench: Workbench, data: Data): Promise<CubeSource> {
  number += 1;
  const types = (columns: Readonly<Record<string, Column>>) =>
    Object.fromEntries(Object.entries(columns).map(([name, { sql }]) => [name, sql]));
  const tables = {
    spending: { file: join(bench.folder, `facts-${number}.parquet`), types: types(FACT_COLUMNS) },
    places: { file: join(bench.folder, `places-${number}.parquet`), types: types(PLACE_COLUMNS) },
  };
  await bench.engine.withSession(async (session) => {
    await session.rows(
      `COPY (${rowsSql(FACT_COLUMNS, data.facts)}) TO '${tables.spending.file}' (FORMAT parquet)`,
    );
    await session.rows(
      `COPY (${rowsSql(PLACE_COLUMNS, data.places)}) TO '${tables.places.file}' (FORMAT parquet)`,
    );
  });
  return { model: MODEL, tables };
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 5 });

export const TEXTS = [
  'north',
  'North',
  'É',
  'e\u0301',
  '😀',
  '\uFFFD',
  '"q", x',
  '',
  '0',
  'a|b;c',
  "o'x",
  '[1..2]',
];
export const CODES = ['p1', 'p2', 'p3', 'nowhere'];
const near = (most: bigint) => [-most, most, -1n, 0n, 1n, 5n, -250n, 250n, 999n];
const unitsOf = (most: bigint) =>
  fc.oneof(
    fc.constantFrom(...near(most)),
    fc.bigInt({ min: -1000n, max: 1000n }),
    fc.bigInt({ min: -most, max: most }),
  );

const VALUES: Readonly<Record<keyof typeof FACT_COLUMNS, fc.Arbitrary<Value>>> = {
  region: optional(fc.constantFrom(...TEXTS)),
  region_name: optional(fc.constantFrom(...TEXTS)),
  year: optional(fc.constantFrom(2012n, 2013n, 2014n)),
  day: optional(fc.constantFrom('0001-01-01', '2014-02-28', '2014-03-01', '9999-12-31')),
  flag: optional(fc.boolean()),
  rate: optional(fc.constantFrom(-1n, 0n, 500n, 1500n, 10n ** 18n - 1n)),
  place: optional(fc.constantFrom(...CODES)),
  origin: optional(fc.constantFrom(...CODES)),
  amount: optional(unitsOf(10n ** 18n - 1n)),
  pieces: optional(unitsOf(10n ** 18n - 1n)),
  vast: optional(unitsOf(10n ** 38n - 1n)),
};

export const data: fc.Arbitrary<Data> = fc.record({
  facts: fc.array(fc.record(VALUES), { maxLength: 25 }),
  places: fc.uniqueArray(
    fc.record({
      code: fc.constantFrom<Value>('p1', 'p2', 'p3', 'unused'),
      name: optional(fc.constantFrom(...TEXTS)),
      size: optional(fc.constantFrom(1n, 2n, 10n ** 17n)),
    }),
    { selector: ({ code }) => code, maxLength: 4 },
  ),
});
