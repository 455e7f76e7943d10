import type { Cell, EngineSession } from '../engine/sandbox.ts';
import { identifier } from '../engine/sql-text.ts';
import { LoadFailure, type LoadProblem } from '../load-failure.ts';
import { type CsvSource, cell, REPORT_LIMIT, readCsv } from './csv-source.ts';
import type { BrokenRule } from './examine-table.ts';
import { type LocatedRows, locateRows } from './locate-rows.ts';

export interface Examination {
  readonly session: EngineSession;
  readonly source: CsvSource;
  readonly resource: string;
  readonly broken: readonly BrokenRule[];
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

async function badCells({ session, source, broken }: Examination): Promise<BadCell[]> {
  const found: BadCell[] = [];
  for (const entry of broken) {
    const text = cell(entry.column.index ?? 0);
    const rows: Cell[][] = await session.rows(
      `SELECT row, ${text} FROM (SELECT row_number() OVER () AS row, ${text} FROM ${readCsv(source, 'report')})
       WHERE ${entry.rule.violated(text)} LIMIT ${REPORT_LIMIT}`,
    );
    await session.rows('DROP TABLE IF EXISTS report; DROP TABLE IF EXISTS report_scans');
    found.push(
      ...rows.map(([row, value]) => ({ row: Number(row), value: value as string | null, broken: entry })),
    );
  }
  return found;
}

function cellProblem({ broken, value }: BadCell): Omit<LoadProblem, 'resource'> {
  const { rule, column } = broken;
  const shown = value?.slice(0, SHOWN_CHARACTERS);
  return {
    column: column.field.name,
    rule: rule.rule,
    message: shown === undefined ? rule.message : `"${shown}" ${rule.message}`,
    ...(shown === undefined ? {} : { value: shown }),
    ...(rule.suggestion === undefined ? {} : { suggestion: rule.suggestion }),
  };
}

function sentence(resource: string, total: number, first: LoadProblem | undefined): string {
  const where = [
    ...(first?.row === undefined ? [] : [`row ${first.row} (line ${first.line})`]),
    ...(first?.column === undefined ? [] : [`column "${first.column}"`]),
  ].join(', ');
  const more = total > 1 ? ` There are ${total} problems in all.` : '';
  return `The data of "${resource}" is not valid: ${where === '' ? '' : `${where}: `}${first?.message}.${more}`;
}

function place(
  located: LocatedRows,
  refused: readonly Refused[],
  bad: readonly BadCell[],
  resource: string,
): LoadProblem[] {
  const problems = [
    ...refused.map((row) => ({ ...located.byOffset.get(row.offset), resource, ...refusedProblem(row) })),
    ...bad.map((entry) => ({ ...located.byAccepted.get(entry.row), resource, ...cellProblem(entry) })),
  ];
  return problems.sort((a, b) => (a.row ?? 0) - (b.row ?? 0)).slice(0, REPORT_LIMIT);
}

/**
 * Does nothing when the file is good; else finds where its bad cells and rows are.
 * @throws {LoadFailure} `data_invalid`, problems in the order of the file, each with row, line, column, value.
 */
export async function reportProblems(examination: Examination): Promise<void> {
  const { source, resource, broken } = examination;
  const rejected = await refusedRows(examination);
  const refused = rejected.filter((row) => !isBlank(row));
  if (broken.length === 0 && refused.length === 0) return;
  const bad = await badCells(examination);
  const located = await locateRows(source, {
    refused: refused.map((row) => row.offset),
    accepted: new Set(bad.map((entry) => entry.row)),
  });
  const total = refused.length + broken.reduce((sum, entry) => sum + entry.cells, 0);
  const problems = place(located, refused, bad, resource);
  throw new LoadFailure('data_invalid', sentence(resource, total, problems[0]), problems, total);
}
