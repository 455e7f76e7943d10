import { EngineError, type EngineSession } from '../engine/sandbox.ts';
import { LoadFailure } from '../load-failure.ts';
import { type CellRule, typeRule } from './column-rules.ts';
import { constraintRules } from './constraint-rules.ts';
import { type CsvSource, cell, readCsv } from './csv-source.ts';
import { inferTypes, type TypedField } from './infer-types.ts';
import type { MatchedField } from './match-fields.ts';
import { type Digits, digitCounts, settleDigits } from './measure-digits.ts';
import { reportProblems } from './report-problems.ts';

/** A column whose every cell is known to be valid. */
export interface ExaminedColumn extends TypedField {
  readonly digits: Digits;
}

export interface ExaminedTable {
  readonly source: CsvSource;
  readonly columns: readonly ExaminedColumn[];
  readonly rows: number;
}

/** A rule of one column, and how many cells break it. */
export interface BrokenRule {
  readonly column: TypedField;
  readonly rule: CellRule;
  readonly cells: number;
}

const REQUIRED: CellRule = {
  rule: 'required',
  violated: (text) => `${text} IS NULL`,
  message: 'is empty, and a value is required',
};

function rulesOf({ field, type }: TypedField): CellRule[] {
  const ofType = typeRule(field, type);
  return [
    ...(field.constraints?.required === true ? [REQUIRED] : []),
    ...(ofType === undefined ? [] : [ofType]),
    ...constraintRules(field, type),
  ];
}

const isNumeric = ({ type }: TypedField) => type === 'integer' || type === 'number';

const REJECTS = 'examination';

/** What the CSV reader cannot get through at all, such as two kinds of line ends in one file. */
function refuseFile(resource: string, error: unknown): never {
  const unreadable = error instanceof EngineError && /^Invalid Input Error|CSV/.test(error.message);
  if (!unreadable) throw error;
  const message = 'it cannot be read as CSV: check its line ends, quotes and delimiter';
  throw new LoadFailure('data_invalid', `The file of "${resource}" is not valid: ${message}.`, [
    { resource, rule: 'csv', message },
  ]);
}

/**
 * Reads the whole file once: counts rows, tries every rule on every cell, and finds how many digits each
 * number needs. No cell passes through JavaScript.
 * @throws {LoadFailure} `data_invalid` with the place of each bad cell and ragged row.
 */
export async function examineTable(
  session: EngineSession,
  source: CsvSource,
  resource: string,
  matched: readonly MatchedField[],
): Promise<ExaminedTable> {
  const typed = await inferTypes(session, source, matched);
  const checks = typed.flatMap((column) => rulesOf(column).map((rule) => ({ column, rule })));
  const numeric = typed.filter(isNumeric);
  const counts = [
    'count(*)',
    ...checks.map(({ column, rule }) =>
      column.index === undefined ? '0' : `count(*) FILTER (${rule.violated(cell(column.index))})`,
    ),
    ...numeric.flatMap(digitCounts),
  ];
  const statement = `SELECT ${counts.join(', ')} FROM ${readCsv(source, REJECTS)}`;
  const [row = []] = await session.rows(statement).catch((error: unknown) => refuseFile(resource, error));
  const [rows = 0, ...found] = row.map(Number);
  const broken: BrokenRule[] = checks
    .map((check, index) => ({ ...check, cells: found[index] ?? 0 }))
    .filter((check) => check.cells > 0);
  await reportProblems({ session, source, resource, broken, rejects: REJECTS });
  if (rows === 0) throw new LoadFailure('data_invalid', `The file of "${resource}" has no data rows.`);

  const columns: ExaminedColumn[] = [];
  for (const column of typed) {
    const position = numeric.indexOf(column);
    const start = checks.length + position * 3;
    const digits =
      position === -1
        ? { before: 0, after: 0 }
        : await settleDigits(session, source, column, found.slice(start, start + 3));
    columns.push({ ...column, digits });
  }
  return { source, columns, rows };
}
