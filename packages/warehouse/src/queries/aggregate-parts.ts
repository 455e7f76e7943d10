import { jsonCell } from '../answers/cell-values.ts';
import { exactAverage } from '../answers/exact-average.ts';
import { type JsonValue, rawJson } from '../answers/json-text.ts';
import type { Cell } from '../engine/sandbox.ts';
import { identifier } from '../engine/sql-text.ts';
import { decimalText } from './place-decimal.ts';
import type { ResolvedAggregate } from './resolve-ref.ts';

interface Part {
  /** SQL over the facts of one group. */
  readonly sql: string;
  /** How the values of all groups make the value of all facts. */
  readonly total: 'sum' | 'min' | 'max';
}

/** What the engine adds up for an aggregate, and how its value is read from that. */
export interface AggregateParts {
  readonly parts: readonly Part[];
  /** What rows are ordered by, given the names of the parts. */
  order(names: readonly string[]): string[];
  /** Takes the texts of the parts. */
  read(cells: readonly Cell[]): JsonValue;
}

/** 10^19: a number of 38 digits is two halves, whose sums each fit into a HUGEINT. */
const HALF = 10n ** 19n;
const HALF_SQL = `CAST(${HALF} AS HUGEINT)`;
const MILLION = 1_000_000;

const DECIMAL = /^DECIMAL\((\d+),\s*(\d+)\)$/;
/** Sums of up to 10^20 values of so many digits fit into 38. */
const NARROW_DIGITS = 18;

/** A decimal as a whole number of its last digit's units. */
function units(sql: string, scale: number): string {
  return `CAST(${scale === 0 ? sql : `replace(CAST(${sql} AS VARCHAR), '.', '')`} AS HUGEINT)`;
}

/** Quotient and remainder, which is never negative: SQL's own `//` and `%` go towards zero. */
function flooredDivision(value: string, by: string): [quotient: string, remainder: string] {
  const remainder = `((${value} % ${by} + ${by}) % ${by})`;
  return [`((${value} - ${remainder}) // ${by})`, remainder];
}

/** The lower half made positive, and what that takes from the upper one: pairs that order as their sums do. */
function halvesInOrder([upper = '', lower = '']: readonly string[]): [string, string] {
  const [carried, rest] = flooredDivision(lower, HALF_SQL);
  return [`(${upper} + ${carried})`, rest];
}

function readHalves([upper = null, lower = null]: readonly Cell[]): bigint | undefined {
  return upper === null || lower === null ? undefined : BigInt(upper) * HALF + BigInt(lower);
}

/** DuckDB's sums of DECIMAL(38) pass 38 digits without a word, and are wrong from there on. */
function wideSum(column: string, scale: number): AggregateParts {
  return {
    parts: [
      { sql: `sum(${units(column, scale)} // ${HALF_SQL})`, total: 'sum' },
      { sql: `sum(${units(column, scale)} % ${HALF_SQL})`, total: 'sum' },
    ],
    order: halvesInOrder,
    read: (cells) => {
      const sum = readHalves(cells);
      return sum === undefined ? null : rawJson(decimalText(sum, scale));
    },
  };
}

function average(sum: AggregateParts, column: string, scale: number, isWide: boolean): AggregateParts {
  const size = sum.parts.length;
  return {
    parts: [...sum.parts, { sql: `count(${column})`, total: 'sum' }],
    order: (names) => {
      const count = `nullif(CAST(${names[size]} AS HUGEINT), 0)`;
      // What the answer shows, as a whole number of its last digit: an order by doubles would mix up near ones.
      const rounded = (value: string) =>
        `sign(${value}) * ((2 * ${MILLION} * abs(${value}) + ${count}) // (2 * ${count}))`;
      if (!isWide) return [rounded(units(names[0] ?? '', scale))];
      const [upper, lower] = halvesInOrder(names);
      const [whole, rest] = flooredDivision(upper, count);
      return [whole, rounded(`(${rest} * ${HALF_SQL} + ${lower})`)];
    },
    read: (cells) => {
      const count = BigInt(cells[size] ?? 0);
      const text = isWide ? readHalves(cells) : cells[0];
      if (text === null || text === undefined) return null;
      const value = typeof text === 'bigint' ? decimalText(text, scale) : String(text);
      return rawJson(exactAverage(value, count, scale));
    },
  };
}

function plain(sql: string, total: Part['total'], type: ResolvedAggregate['type']): AggregateParts {
  return {
    parts: [{ sql, total }],
    order: (names) => [...names],
    read: ([cell]) => jsonCell(cell, type),
  };
}

/** `sqlType` is that of the aggregate's column. */
export function aggregateParts(aggregate: ResolvedAggregate, sqlType: string | undefined): AggregateParts {
  const { function: name, column, type, scale: modelScale } = aggregate;
  if (column === undefined) return plain('count(*)', 'sum', 'integer');
  const sql = `facts.${identifier(column)}`;
  const [, width, digits] = DECIMAL.exec(sqlType ?? '') ?? [];
  const scale = digits === undefined ? modelScale : Number(digits);
  const isWide = Number(width ?? 0) > NARROW_DIGITS;
  const sum = isWide ? wideSum(sql, scale) : plain(`sum(${sql})`, 'sum', type);
  switch (name) {
    case 'count':
      return plain(`count(${sql})`, 'sum', 'integer');
    case 'min':
    case 'max':
      return plain(`${name}(${sql})`, name, type);
    case 'avg':
      return average(sum, sql, scale, isWide);
    case 'sum':
      return sum;
  }
}
