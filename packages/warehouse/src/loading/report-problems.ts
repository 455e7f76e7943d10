import type { LoadProblem } from '@flyloft/common';
import type { Cell, EngineSession } from '../engine/sandbox.ts';
import { identifier } from '../engine/sql-text.ts';
import { LoadFailure } from '../load-failure.ts';
import { type CsvSource, cell, REPORT_LIMIT, readCsv } from './csv-source.ts';
import type { BrokenRule } from './examine-table.ts';
import { type Duplicates, findDuplicates, type UniqueKey } from './find-duplicates.ts';
import type { TypedField } from './infer-types.ts';
import { locateRows } from './locate-rows.ts';
import {
  type BadCell,
  cellProblem,
  duplicateProblem,
  problemAt,
  type Refused,
  refusedProblem,
  SHOWN_CHARACTERS,
  sentence,
} from './problem-texts.ts';
import { comparable } from './types/type-rules.ts';

export interface Examination {
  readonly session: EngineSession;
  readonly source: CsvSource;
  readonly resource: string;
  /** Every column that the examination has read. */
  readonly columns: readonly TypedField[];
  readonly broken: readonly BrokenRule[];
  readonly keys: readonly UniqueKey[];
  /** Name of the rejects table that the examining scan has filled; none when it refused nothing. */
  readonly rejects?: string;
}

async function refusedRows({ session, rejects }: Examination): Promise<Refused[]> {
  if (rejects === undefined) return [];
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

/**
 * The rows that the examination took, with their number among these. DuckDB finds bytes that are not
 * UTF-8 only in columns that a statement needs: reading others than the examination did would number
 * the rows differently.
 */
function acceptedRows({ source, columns, rejects }: Examination, own: string): string {
  const all = `(SELECT row_number() OVER () AS row, * FROM ${readCsv(source, rejects && own)})`;
  if (rejects === undefined) return all;
  const lengths = columns.flatMap(({ index }) =>
    index === undefined ? [] : [`coalesce(strlen(${cell(index)}), 0)`],
  );
  return `(SELECT * FROM ${all} WHERE ${['0', ...lengths].join(' + ')} >= 0)`;
}

/** Rules at a time: planning a statement takes a time that grows with the square of what it asks. */
const RULES_AT_ONCE = 20;

/** The cells that break a few rules, in one more reading: the first of them by row, up to the limit. */
async function cellsBreaking(examination: Examination, broken: readonly BrokenRule[]): Promise<BadCell[]> {
  const violations = broken.map(({ column, rule }) => rule.violated(cell(column.index ?? 0)));
  const values = broken.map(({ column }) => `left(${cell(column.index ?? 0)}, ${SHOWN_CHARACTERS})`);
  const pairs = violations.map(
    (violated, index) => `CASE WHEN ${violated} THEN {'number': ${index}, 'value': ${values[index]}} END`,
  );
  const rows: Cell[][] = await examination.session.rows(
    `SELECT row, bad.number, bad.value FROM (
       SELECT row, unnest(list_filter([${pairs.join(', ')}], lambda entry: entry IS NOT NULL)) AS bad
       FROM ${acceptedRows(examination, 'report')}
       WHERE ${violations.join(' OR ')}
     ) LIMIT ${REPORT_LIMIT}`,
  );
  return rows.flatMap(([row, number, value]) => {
    const entry = broken[Number(number)];
    // left() of a cell of text is text or null
    return entry === undefined ? [] : [{ row: Number(row), value: value as string | null, broken: entry }];
  });
}

async function badCells(examination: Examination): Promise<BadCell[]> {
  const found: BadCell[] = [];
  for (let at = 0; at < examination.broken.length; at += RULES_AT_ONCE) {
    found.push(...(await cellsBreaking(examination, examination.broken.slice(at, at + RULES_AT_ONCE))));
  }
  return found.sort((a, b) => a.row - b.row).slice(0, REPORT_LIMIT);
}

interface Findings {
  readonly refused: readonly Refused[];
  readonly bad: readonly BadCell[];
  readonly duplicates: Duplicates;
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

/** The reader could not get through the file, and cannot tell where. */
function unreadable(resource: string): LoadProblem {
  const message = 'the file cannot be read as CSV to its end: check its quotes and its delimiter';
  return { resource, rule: 'csv', message };
}

/**
 * Does nothing when the file is good; else finds where its bad cells, bad rows and repeated keys are.
 * @throws {LoadFailure} `data_invalid`, problems in the order of the file, each with row, line, column, value.
 */
export async function reportProblems(examination: Examination): Promise<void> {
  const { session, source, resource, broken, keys } = examination;
  const rejected = await refusedRows(examination);
  if (examination.rejects !== undefined && rejected.length === 0) fail(resource, [unreadable(resource)], 1);
  const refused = rejected.filter((row) => !isBlank(row));
  if (broken.length === 0 && refused.length === 0) return;
  const bad = await badCells(examination);
  const duplicates = await findDuplicates(
    session,
    acceptedRows(examination, 'keys'),
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
