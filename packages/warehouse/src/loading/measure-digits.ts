import type { EngineSession } from '../engine/sandbox.ts';
import { type CsvSource, cell } from './csv-source.ts';
import type { TypedField } from './infer-types.ts';
import { scanCsv } from './scan-csv.ts';
import type { CellRule } from './types/cell-rule.ts';
import { plainNumber } from './types/numbers.ts';

/** The most digits that any value of a column has before and after the point. */
export interface Digits {
  readonly before: number;
  readonly after: number;
}

/** DuckDB's widest exact number. */
export const MAX_DIGITS = 38;
/** DECIMAL up to 18 digits is one machine word: measured 8 × faster to load, 10 × to sum than 38. */
export const FAST_DIGITS = 18;

/**
 * Counts for the examination's own scan: characters before the point and after it, and exponents. Leaving
 * out signs and leading zeros costs three times as much and is seldom needed.
 */
export function digitCounts({ field, index, type }: TypedField): string[] {
  if (index === undefined) return ['0', '0', '0'];
  const number = plainNumber(field, cell(index));
  if (type === 'integer') return [`coalesce(max(strlen(${number})), 0)`, '0', '0'];
  const point = `strpos(${number}, '.')`;
  return [
    `coalesce(max(CASE WHEN ${point} = 0 THEN strlen(${number}) ELSE ${point} - 1 END), 0)`,
    `coalesce(max(CASE WHEN ${point} = 0 THEN 0 ELSE strlen(${number}) - ${point} END), 0)`,
    `count(*) FILTER (contains(lower(${number}), 'e'))`,
  ];
}

const isTooLong = ({ before, after }: Digits) => before + after > MAX_DIGITS;

const PARTS = '^[+-]?([0-9]*)[.]?([0-9]*)(?:[eE]([+-]?[0-9]+))?$';

/** SQL of the digits that one value needs. */
function digitsOf({ field }: TypedField, text: string): { readonly before: string; readonly after: string } {
  const number = plainNumber(field, text);
  const part = (group: number) => `regexp_extract(${number}, '${PARTS}', ${group})`;
  const exponent = `coalesce(TRY_CAST(${part(3)} AS INTEGER), 0)`;
  return {
    before: `greatest(0, length(ltrim(${part(1)}, '0')) + ${exponent})`,
    after: `greatest(0, length(rtrim(${part(2)}, '0')) - ${exponent})`,
  };
}

async function measureCarefully(
  session: EngineSession,
  source: CsvSource,
  column: TypedField,
): Promise<Digits> {
  const { before, after } = digitsOf(column, cell(column.index ?? 0));
  const { rows } = await scanCsv(
    session,
    source,
    'digits',
    (relation) => `SELECT coalesce(max(${before}), 0), coalesce(max(${after}), 0) FROM ${relation}`,
  );
  const [row = []] = rows;
  return { before: Number(row[0]), after: Number(row[1]) };
}

/**
 * The digits a numeric column really needs. The examination's quick count serves most columns; exponents
 * and long values are looked at again, without the zeros that mean nothing.
 */
export async function settleDigits(
  session: EngineSession,
  source: CsvSource,
  column: TypedField,
  counts: readonly number[],
): Promise<Digits> {
  const [before = 0, after = 0, exponents = 0] = counts;
  if (exponents === 0 && before + after <= FAST_DIGITS) return { before, after };
  return measureCarefully(session, source, column);
}

const SUGGESTION = () => 'round it, or declare the type "string"';

/**
 * What breaks the limit of digits in a column: values by themselves or, where there is none, the longest
 * before the point together with the longest after it.
 */
function digitsRule(column: TypedField, most: Digits, byItself: boolean): CellRule {
  const violated = (text: string) => {
    const { before, after } = digitsOf(column, text);
    return byItself
      ? `(${before} + ${after} > ${MAX_DIGITS})`
      : `(${before} = ${most.before} OR ${after} = ${most.after})`;
  };
  const needs = `${most.before} digits before and ${most.after} after the point`;
  const message = byItself
    ? `has more than the ${MAX_DIGITS} digits that can be kept exactly`
    : `is one of those for which the column needs ${needs}; ${MAX_DIGITS} in all can be kept exactly`;
  return { rule: 'digits', violated, message, suggestion: SUGGESTION };
}

/** The rule that a column with too many digits breaks, and how often; none when it has not too many. */
export async function tooManyDigits(
  session: EngineSession,
  source: CsvSource,
  column: TypedField,
  digits: Digits,
): Promise<{ readonly rule: CellRule; readonly cells: number }[]> {
  if (!isTooLong(digits)) return [];
  const rules = [true, false].map((byItself) => digitsRule(column, digits, byItself));
  const counts = rules.map(({ violated }) => `count(*) FILTER (${violated(cell(column.index ?? 0))})`);
  const { rows } = await scanCsv(
    session,
    source,
    'long_numbers',
    (relation) => `SELECT ${counts.join(', ')} FROM ${relation}`,
  );
  const [row = []] = rows;
  return rules
    .map((rule, index) => ({ rule, cells: Number(row[index]) }))
    .filter(({ cells }) => cells > 0)
    .slice(0, 1);
}
