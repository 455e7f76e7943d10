import { readFile } from 'node:fs/promises';
import { readSheet } from 'read-excel-file/node';
import type { Dialect } from '../../descriptor/dialect-schema.ts';
import { LoadFailure } from '../../load-failure.ts';
import { csvRecord } from '../csv-record.ts';
import { MAX_WORKBOOK_BYTES } from '../limits.ts';
import { openArchive, verifyArchive } from './archive.ts';

/** Excel keeps 15 digits; more are noise of its floating point numbers. */
const EXCEL_DIGITS = 15;

/** A number's text as it is in the file, without that noise. */
function numberText(text: string): string {
  if (text.replaceAll(/\D/g, '').length <= EXCEL_DIGITS) return text;
  return String(Number(Number(text).toPrecision(EXCEL_DIGITS)));
}

/** A sheet's date is a day when it has no time. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (!(cell instanceof Date)) return String(cell);
  const text = cell.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.replace('.000Z', 'Z');
}

function failSheet(name: string, message: string): never {
  throw new LoadFailure('resource_invalid', `The workbook of "${name}" cannot be read: ${message}.`, [
    { resource: name, rule: 'sheet', message },
  ]);
}

type Rows = readonly (readonly unknown[])[];

async function parseSheet(path: string, sheet: string | number, name: string): Promise<Rows> {
  try {
    return await readSheet(await readFile(path), sheet, { trim: false, parseNumber: numberText });
  } catch (error) {
    const isMissing = error instanceof Error && error.name === 'SheetNotFoundError';
    return failSheet(name, isMissing ? `there is no sheet "${sheet}"` : 'it is no .xlsx file');
  }
}

let parsing: Promise<unknown> = Promise.resolve();

/** One workbook at a time in this process, whoever asks: each may take 300 MB for as long as it is parsed. */
function inTurn<T>(parse: () => Promise<T>): Promise<T> {
  const turn = parsing.then(parse);
  parsing = turn.catch(() => undefined);
  return turn;
}

/**
 * A sheet of a workbook as a plain CSV table: the first, or the one that the dialect names. The workbook
 * is unpacked under limits before a parser sees it.
 * @throws {LoadFailure}
 */
export async function* sheetRecords(path: string, dialect: Dialect, name: string): AsyncGenerator<string> {
  const archive = await openArchive(path, name, MAX_WORKBOOK_BYTES);
  try {
    await verifyArchive(archive);
  } finally {
    archive.close();
  }
  for (const row of await inTurn(() =>
    parseSheet(path, dialect.sheetName ?? dialect.sheetNumber ?? 1, name),
  )) {
    const cells = row.map(cellText);
    yield cells.every((cell) => cell.trim() === '') ? '\n' : csvRecord(cells);
  }
}
