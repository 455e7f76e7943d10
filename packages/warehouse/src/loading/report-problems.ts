import type { Cell, EngineSession } from '../engine/sandbox.ts';
import { identifier } from '../engine/sql-text.ts';
import { LoadFailure, type LoadProblem } from '../load-failure.ts';
import { type CsvSource, cell, REPORT_LIMIT, readCsv } from './csv-source.ts';
import type { BrokenRule } from './examine-table.ts';
import { type DuplicateRow, type Duplicates, findDuplicates, type UniqueKey } from './find-duplicates.ts';
import { locateRows, type Place } from './locate-rows.ts';
import { comparable } from './types/type-rules.ts';

export interface Examination {
  readonly session: EngineSession;
  readonly source: CsvSource;
  readonly resource: string;
  readonly broken: readonly BrokenRule[];
  readonly keys: readonly UniqueKey[];
  /** Name of the rejects table that the examining scan has filled. */
  readonly rejects: string;
}

/** A cell of the report shows at most this much of a value. */
const SHOWN_CHARACTERS = 200;

interface Refused {
  readonly offset: number;
  readonly kind: string;
  readonly text: string;
  readonly detail: string;
}

async function refusedRows({ session, rejects }: Examination): Promise<Refused[]> {
  const rows = await session.rows(
    `SELECT DISTINCT ON (line_byte_position) line_byte_position, error_type, csv_line, error_message
     FROM ${identifier(rejects)} ORDER BY line_byte_position, byte_position`,
  );
  return rows.map(([offset, kind, text, detail]) => ({
    offset: Number(offset),
    kind: String(kind),
    text: String(text ?? ''),
    detail: String(detail ?? ''),
  }));
}

/** A line of spaces is no row; DuckDB takes it for a short one. */
function isBlank({ kind, text }: Refused): boolean {
  return kind !== 'INVALID ENCODING' && text.trim() === '';
}

function refusedProblem(refused: Refused): Omit<LoadProblem, 'resource'> {
  const value = refused.text.slice(0, SHOWN_CHARACTERS);
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(refused.detail);
  switch (refused.kind) {
    case 'MISSING COLUMNS':
    case 'TOO MANY COLUMNS':
      return {
        rule: 'ragged-row',
        value,
        message: `the row has ${counts?.[2] ?? 'another number of'} cells where the header has ${counts?.[1] ?? 'others'}`,
        suggestion: 'put quotes around values that contain the delimiter',
      };
    case 'INVALID ENCODING':
      return {
        rule: 'encoding',
        value,
        message: 'the row has bytes that are not UTF-8',
        suggestion: 'declare the encoding, such as "encoding": "windows-1252"',
      };
    case 'UNQUOTED VALUE':
      return { rule: 'quotes', value, message: 'a quote is not closed, or text follows a closing quote' };
    case 'LINE SIZE OVER MAXIMUM':
      return { rule: 'row-length', value, message: 'the row is too long' };
    default:
      return { rule: 'row', value, message: 'the row cannot be read' };
  }
}

interface BadCell {
  readonly row: number;
  readonly value: string | null;
  readonly broken: BrokenRule;
}

/** All broken rules in one more reading: the first of them by row, up to the limit. */
async function badCells({ session, source, broken }: Examination): Promise<BadCell[]> {
  if (broken.length === 0) return [];
  const violations = broken.map(({ column, rule }) => rule.violated(cell(column.index ?? 0)));
  const values = broken.map(({ column }) => `left(${cell(column.index ?? 0)}, ${SHOWN_CHARACTERS})`);
  const pairs = violations.map(
    (violated, index) => `CASE WHEN ${violated} THEN {'number': ${index}, 'value': ${values[index]}} END`,
  );
  const rows: Cell[][] = await session.rows(
    `SELECT row, bad.number, bad.value FROM (
       SELECT row, unnest(list_filter([${pairs.join(', ')}], lambda entry: entry IS NOT NULL)) AS bad
       FROM (SELECT row_number() OVER () AS row, * FROM ${readCsv(source, 'report')})
       WHERE ${violations.join(' OR ')}
     ) LIMIT ${REPORT_LIMIT}`,
  );
  return rows.flatMap(([row, number, value]) => {
    const entry = broken[Number(number)];
    // left() of a cell of text is text or null
    return entry === undefined ? [] : [{ row: Number(row), value: value as string | null, broken: entry }];
  });
}

function cellProblem({ broken, value }: BadCell): Omit<LoadProblem, 'resource'> {
  const { rule, column } = broken;
  const suggestion = value === null ? undefined : rule.suggestion?.(value);
  return {
    column: column.field.name,
    rule: rule.rule,
    message: value === null ? rule.message : `"${value}" ${rule.message}`,
    ...(value === null ? {} : { value }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function duplicateProblem(
  { key, value }: DuplicateRow,
  first: Place | undefined,
): Omit<LoadProblem, 'resource'> {
  const where = first === undefined ? 'an earlier row' : placeText(first);
  return {
    column: key.columns.map(({ field }) => field.name).join(', '),
    rule: key.rule,
    value: value.slice(0, SHOWN_CHARACTERS),
    message: `"${value.slice(0, SHOWN_CHARACTERS)}" is also in ${where}, and must be there once only`,
  };
}

function placeText({ row, line }: { readonly row?: number; readonly line?: number }): string {
  return line === undefined ? `row ${row}` : `row ${row} (line ${line})`;
}

function sentence(resource: string, total: number, first: LoadProblem | undefined): string {
  const where = [
    ...(first?.row === undefined ? [] : [placeText(first)]),
    ...(first?.column === undefined ? [] : [`column "${first.column}"`]),
  ].join(', ');
  const more = total > 1 ? ` There are ${total} problems in all.` : '';
  return `The data of "${resource}" is not valid: ${where === '' ? '' : `${where}: `}${first?.message}.${more}`;
}

interface Findings {
  readonly refused: readonly Refused[];
  readonly bad: readonly BadCell[];
  readonly duplicates: Duplicates;
}

/** Says in which of several files it is, where there are several. */
function problemAt(
  place: Place | undefined,
  resource: string,
  problem: Omit<LoadProblem, 'resource'>,
): LoadProblem {
  const { part, ...numbers } = place ?? {};
  const message = part === undefined ? problem.message : `${problem.message} (in ${part})`;
  return { ...numbers, resource, ...problem, message };
}

const byRow = (a: LoadProblem, b: LoadProblem) => (a.row ?? 0) - (b.row ?? 0);

async function placed(
  source: CsvSource,
  resource: string,
  { refused, bad, duplicates }: Findings,
): Promise<LoadProblem[]> {
  const { byOffset, byAccepted } = await locateRows(source, {
    refused: refused.map((row) => row.offset),
    accepted: new Set([
      ...bad.map((entry) => entry.row),
      ...duplicates.found.flatMap(({ row, firstRow }) => [row, firstRow]),
    ]),
  });
  return [
    ...refused.map((row) => problemAt(byOffset.get(row.offset), resource, refusedProblem(row))),
    ...bad.map((entry) => problemAt(byAccepted.get(entry.row), resource, cellProblem(entry))),
    ...duplicates.found.map((entry) =>
      problemAt(byAccepted.get(entry.row), resource, duplicateProblem(entry, byAccepted.get(entry.firstRow))),
    ),
  ].sort(byRow);
}

function fail(resource: string, problems: readonly LoadProblem[], total: number): never {
  const reported = problems.slice(0, REPORT_LIMIT);
  throw new LoadFailure('data_invalid', sentence(resource, total, reported[0]), reported, total);
}

/**
 * Does nothing when the file is good; else finds where its bad cells, bad rows and repeated keys are.
 * @throws {LoadFailure} `data_invalid`, problems in the order of the file, each with row, line, column, value.
 */
export async function reportProblems(examination: Examination): Promise<void> {
  const { session, source, resource, broken, keys } = examination;
  const rejected = await refusedRows(examination);
  const refused = rejected.filter((row) => !isBlank(row));
  if (broken.length === 0 && refused.length === 0) return;
  const bad = await badCells(examination);
  const duplicates = await findDuplicates(
    session,
    `(SELECT row_number() OVER () AS row, * FROM ${readCsv(source, 'keys')})`,
    keys,
    ({ field, type, index }) => (index === undefined ? 'NULL' : comparable(field, type, cell(index))),
  );
  const problems = await placed(source, resource, { refused, bad, duplicates });
  const total = refused.length + broken.reduce((sum, entry) => sum + entry.cells, 0) + duplicates.total;
  fail(resource, problems, total);
}

/**
 * Does nothing when every key of the written file is there once.
 * @throws {LoadFailure} `data_invalid`
 */
export async function reportDuplicates(
  source: CsvSource,
  resource: string,
  duplicates: Duplicates,
): Promise<void> {
  if (duplicates.total === 0) return;
  fail(resource, await placed(source, resource, { refused: [], bad: [], duplicates }), duplicates.total);
}
