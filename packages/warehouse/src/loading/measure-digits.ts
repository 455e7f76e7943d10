import type { EngineSession } from '../engine/sandbox.ts';
import { LoadFailure } from '../load-failure.ts';
import { type CsvSource, cell } from './csv-source.ts';
import type { TypedField } from './infer-types.ts';
import { scanCsv } from './scan-csv.ts';
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

const PARTS = '^[+-]?([0-9]*)[.]?([0-9]*)(?:[eE]([+-]?[0-9]+))?$';

async function measureCarefully(
  session: EngineSession,
  source: CsvSource,
  column: TypedField,
): Promise<Digits> {
  const number = plainNumber(column.field, cell(column.index ?? 0));
  const part = (group: number) => `regexp_extract(${number}, '${PARTS}', ${group})`;
  const exponent = `coalesce(TRY_CAST(${part(3)} AS INTEGER), 0)`;
  const { rows } = await scanCsv(
    session,
    source,
    'digits',
    (relation) => `SELECT coalesce(max(greatest(0, length(ltrim(${part(1)}, '0')) + ${exponent})), 0),
            coalesce(max(greatest(0, length(rtrim(${part(2)}, '0')) - ${exponent})), 0)
     FROM ${relation}`,
  );
  const [row = []] = rows;
  return { before: Number(row[0]), after: Number(row[1]) };
}

/**
 * The digits a numeric column really needs. The examination's quick count serves most columns; exponents
 * and long values are looked at again, without the zeros that mean nothing.
 * @throws {LoadFailure} for more digits than can be kept exactly.
 */
export async function settleDigits(
  session: EngineSession,
  source: CsvSource,
  column: TypedField,
  counts: readonly number[],
): Promise<Digits> {
  const [before = 0, after = 0, exponents = 0] = counts;
  if (exponents === 0 && before + after <= FAST_DIGITS) return { before, after };
  const digits = await measureCarefully(session, source, column);
  if (digits.before + digits.after > MAX_DIGITS) {
    const name = column.field.name;
    const needed = `${digits.before} digits before and ${digits.after} after the point`;
    throw new LoadFailure(
      'data_invalid',
      `The column "${name}" needs ${needed}; ${MAX_DIGITS} in all can be kept exactly.`,
      [
        {
          column: name,
          rule: 'digits',
          message: `needs ${needed}`,
          suggestion: 'round it, or declare it a string',
        },
      ],
    );
  }
  return digits;
}
