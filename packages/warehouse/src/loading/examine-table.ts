import type { TableSchema } from '../descriptor/field-schema.ts';
import { EngineError, type EngineSession } from '../engine/sandbox.ts';
import { LoadFailure } from '../load-failure.ts';
import { checkDeclarations } from './check-declarations.ts';
import { constraintRules } from './constraint-rules.ts';
import { type CsvSource, cell } from './csv-source.ts';
import { type UniqueKey, uniqueKeysOf } from './find-duplicates.ts';
import { inferTypes, type TypedField } from './infer-types.ts';
import type { MatchedField } from './match-fields.ts';
import { type Digits, digitCounts, settleDigits, tooManyDigits } from './measure-digits.ts';
import { reportProblems } from './report-problems.ts';
import { scanCsv } from './scan-csv.ts';
import type { CellRule } from './types/cell-rule.ts';
import { typeRule } from './types/type-rules.ts';

/** A column whose every cell is known to be valid. */
export interface ExaminedColumn extends TypedField {
  readonly digits: Digits;
}

export interface ExaminedTable {
  readonly source: CsvSource;
  readonly columns: readonly ExaminedColumn[];
  /** What must be unique: looked at when the typed file is written, where values are compared faster. */
  readonly keys: readonly UniqueKey[];
  readonly rows: number;
  /** Whether the reader refused nothing, not even lines of spaces. */
  readonly clean: boolean;
}

/** A rule of one column, and how many cells break it. */
export interface BrokenRule {
  readonly column: TypedField;
  readonly rule: CellRule;
  readonly cells: number;
}

/** Largest cell (reliability.md E10). */
const CELL_BYTES = 1_048_576;

const REQUIRED: CellRule = {
  rule: 'required',
  violated: (text) => `${text} IS NULL`,
  message: 'is empty, and a value is required',
};

const NOT_TOO_LONG: CellRule = {
  rule: 'cell-length',
  violated: (text) => `strlen(${text}) > ${CELL_BYTES}`,
  message: 'is longer than 1 MiB',
};

function rulesOf({ field, type }: TypedField): CellRule[] {
  const ofType = typeRule(field, type);
  return [
    ...(field.constraints?.required === true ? [REQUIRED] : []),
    ofType ?? NOT_TOO_LONG,
    ...constraintRules(field, type),
  ];
}

const isNumeric = ({ type }: TypedField) => type === 'integer' || type === 'number';

const REJECTS = 'examination';

/** What the CSV reader cannot get through at all. */
function refuseFile(resource: string, error: unknown): never {
  const unreadable = error instanceof EngineError && /^Invalid Input Error|CSV/.test(error.message);
  if (!unreadable) throw error;
  const message = 'it cannot be read as CSV: check its quotes and its delimiter';
  throw new LoadFailure('data_invalid', `The file of "${resource}" is not valid: ${message}.`, [
    { resource, rule: 'csv', message },
  ]);
}

export interface TableToExamine {
  readonly source: CsvSource;
  readonly resource: string;
  readonly schema: TableSchema;
  readonly matched: readonly MatchedField[];
  readonly maxRows: number;
}

function refuseRows(resource: string, rows: number, maxRows: number): never {
  const message = `it has ${rows} rows, and ${maxRows} can be loaded`;
  throw new LoadFailure('too_large', `The table "${resource}" is too long: ${message}.`, [
    { resource, rule: 'rows', message },
  ]);
}

/**
 * Reads the whole file once: counts rows, tries every rule on every cell, and finds how many digits each
 * number needs. No cell passes through JavaScript.
 * @throws {LoadFailure} `data_invalid` with the place of each bad cell and ragged row; `descriptor_invalid`.
 */
export async function examineTable(session: EngineSession, table: TableToExamine): Promise<ExaminedTable> {
  const { source, resource, schema, matched, maxRows } = table;
  const refuse = (error: unknown) => refuseFile(resource, error);
  const typed = await inferTypes(session, source, matched).catch(refuse);
  await checkDeclarations(session, resource, typed);
  const keys = uniqueKeysOf(schema, typed);
  const checks = typed.flatMap((column) => rulesOf(column).map((rule) => ({ column, rule })));
  const numeric = typed.filter(isNumeric);
  const counts = [
    'count(*)',
    ...checks.map(({ column, rule }) =>
      column.index === undefined ? '0' : `count(*) FILTER (${rule.violated(cell(column.index))})`,
    ),
    ...numeric.flatMap(digitCounts),
  ];
  const scan = await scanCsv(
    session,
    source,
    REJECTS,
    (relation) => `SELECT ${counts.join(', ')} FROM ${relation}`,
  ).catch(refuse);
  const [row = []] = scan.rows;
  const { clean } = scan;
  const [rows = 0, ...found] = row.map(Number);
  if (rows > maxRows) refuseRows(resource, rows, maxRows);
  const broken: BrokenRule[] = checks
    .map((check, index) => ({ ...check, cells: found[index] ?? 0 }))
    .filter((check) => check.cells > 0);
  const columns: ExaminedColumn[] = [];
  for (const column of typed) {
    const position = numeric.indexOf(column);
    const start = checks.length + position * 3;
    const digits =
      position === -1
        ? { before: 0, after: 0 }
        : await settleDigits(session, source, column, found.slice(start, start + 3));
    const tooLong = await tooManyDigits(session, source, column, digits);
    broken.push(...tooLong.map((rule) => ({ ...rule, column })));
    columns.push({ ...column, digits });
  }
  await reportProblems({
    session,
    source,
    resource,
    columns: typed,
    broken,
    keys,
    ...(clean ? {} : { rejects: REJECTS }),
  });
  if (rows === 0) throw new LoadFailure('data_invalid', `The file of "${resource}" has no data rows.`);
  return { source, columns, keys, rows, clean };
}
