import fc from 'fast-check';
import { CODES, type Column, decimalOf, FACT_COLUMNS, type Kind, PLACE_COLUMNS, TEXTS } from './cube.ts';

/** A column as questions name it. */
export interface Reference extends Column {
  readonly ref: string;
  readonly table: 'facts' | 'place' | 'origin';
  readonly name: string;
}

const fact = (ref: string, name: keyof typeof FACT_COLUMNS): Reference => ({
  ...FACT_COLUMNS[name],
  ref,
  name,
  table: 'facts',
});
const inPlaces = (table: 'place' | 'origin', name: keyof typeof PLACE_COLUMNS): Reference => ({
  ...PLACE_COLUMNS[name],
  ref: `${table}.${name}`,
  name,
  table,
});

export const ATTRIBUTES: readonly Reference[] = [
  fact('region.code', 'region'),
  fact('region.name', 'region_name'),
  ...(['year', 'day', 'flag', 'rate'] as const).map((name) => fact(`${name}.${name}`, name)),
  ...(['place', 'origin'] as const).flatMap((table) => [
    inPlaces(table, 'code'),
    inPlaces(table, 'name'),
    inPlaces(table, 'size'),
  ]),
];
export const MEASURES = (['amount', 'pieces', 'vast'] as const).map((name) => fact(name, name));

export type Condition =
  | { readonly kind: 'in' | 'not-in'; readonly values: readonly string[] }
  | { readonly kind: 'range'; readonly low?: string | undefined; readonly high?: string | undefined }
  | { readonly kind: 'null' };

export interface Cut {
  readonly column: Reference;
  readonly condition: Condition;
}

export interface Order {
  readonly ref: string;
  readonly direction: 'asc' | 'desc';
}

const FUNCTIONS = ['sum', 'min', 'max', 'avg', 'count'] as const;

export interface Aggregate {
  readonly ref: string;
  readonly measure: Reference | undefined;
  readonly function: (typeof FUNCTIONS)[number];
}

export interface Question {
  readonly drilldown: readonly Reference[];
  readonly aggregates: readonly Aggregate[];
  readonly cuts: readonly Cut[];
  readonly order: readonly Order[];
  readonly page: number;
  readonly pageSize: number;
}

const numbers = (scale: number) =>
  fc
    .oneof(
      fc.tuple(
        fc.constantFrom(-1n, 0n, 1n, 500n, 999n, 10n ** 18n - 1n, 10n ** 38n - 1n),
        fc.constant(scale),
      ),
      // more digits than the column has, on either side of the point
      fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: scale * 3 })),
      fc.tuple(fc.constantFrom(10n ** 40n, -(10n ** 40n), 1n), fc.constantFrom(0, scale === 0 ? 0 : 38)),
    )
    .map(([units, digits]) => decimalOf(units, digits));

const CUT_VALUES: Readonly<Record<Exclude<Kind, 'decimal' | 'integer'>, fc.Arbitrary<string>>> = {
  text: fc.constantFrom(...TEXTS, ...CODES, 'nothing'),
  date: fc.constantFrom('0001-01-01', '2014-02-28', '2014-03-01', '2000-02-29'),
  boolean: fc.constantFrom('true', 'false', 'TRUE'),
};

function cutValueOf({ kind, scale }: Column): fc.Arbitrary<string> {
  if (kind === 'decimal') return numbers(scale);
  return kind === 'integer' ? fc.oneof(fc.constantFrom('2013', '0', '1'), numbers(0)) : CUT_VALUES[kind];
}

const cut: fc.Arbitrary<Cut> = fc.constantFrom(...ATTRIBUTES, ...MEASURES).chain((column) => {
  const value = cutValueOf(column);
  const values = fc.array(value, { minLength: 1, maxLength: 3 });
  const condition: fc.Arbitrary<Condition> = fc.oneof(
    fc.record({ kind: fc.constantFrom('in', 'not-in'), values }),
    fc.record({ kind: fc.constant('range'), low: value }),
    fc.record({ kind: fc.constant('range'), high: value }),
    fc.record({ kind: fc.constant('range'), low: value, high: value }),
    fc.constant({ kind: 'null' }),
  );
  return condition.map((made) => ({ column, condition: made }));
});

const aggregate: fc.Arbitrary<Aggregate> = fc.oneof(
  fc.constant({ ref: '_count', measure: undefined, function: 'count' } as const),
  fc.tuple(fc.constantFrom(...MEASURES), fc.constantFrom(...FUNCTIONS)).map(([measure, name]) => ({
    ref: `${measure.ref}.${name}`,
    measure,
    function: name,
  })),
);

function orderOf(refs: readonly string[]): fc.Arbitrary<Order[]> {
  if (refs.length === 0) return fc.constant([]);
  return fc.array(fc.record({ ref: fc.constantFrom(...refs), direction: fc.constantFrom('asc', 'desc') }), {
    maxLength: 2,
  });
}

/** Questions for aggregates; those for facts and members use parts of them. */
export const question: fc.Arbitrary<Question> = fc
  .record({
    drilldown: fc.uniqueArray(fc.constantFrom(...ATTRIBUTES), { maxLength: 3 }),
    aggregates: fc.uniqueArray(aggregate, { minLength: 1, maxLength: 4, selector: ({ ref }) => ref }),
    cuts: fc.array(cut, { maxLength: 2 }),
    page: fc.constantFrom(1, 1, 1, 2, 7),
    pageSize: fc.constantFrom(100, 100, 3, 1, 0),
  })
  .chain((made) =>
    orderOf([...made.drilldown, ...made.aggregates].map(({ ref }) => ref)).map((order) => ({
      ...made,
      order,
    })),
  );

const quoted = (value: string) => JSON.stringify(value);

/** A cut in the syntax of cubes.md 5.3 and part A; all values quoted, which converts to any type. */
export function cutText(cuts: readonly Cut[]): string {
  return cuts
    .map(({ column: { ref }, condition }) => {
      if (condition.kind === 'null') return `${ref}:null()`;
      if (condition.kind === 'range') {
        const end = (value: string | undefined) => (value === undefined ? '' : quoted(value));
        return `${ref}:[${end(condition.low)}..${end(condition.high)}]`;
      }
      return `${ref}${condition.kind === 'in' ? '' : '!'}:${condition.values.map(quoted).join(';')}`;
    })
    .join('|');
}

export const orderText = (order: readonly Order[]) =>
  order.map(({ ref, direction }) => `${ref}:${direction}`).join(',');
