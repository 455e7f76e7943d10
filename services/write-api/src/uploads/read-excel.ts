import { RecordRefusal } from '@flyloft/data-sets';
import { LosslessNumber } from 'lossless-json';
import { readSheet } from 'read-excel-file/universal';
import type { Body } from '../bodies/body.ts';
import { checkWorkbook } from './check-workbook.ts';
import { beyondLimit, UPLOAD_LIMITS } from './limits.ts';
import type { Element } from './raw-batch.ts';
import { readTable } from './read-table.ts';

/** A number as its text in the file: a decimal keeps its digits. */
function parseNumber(text: string): unknown {
  const number = Number(text);
  if (Number.isSafeInteger(number)) return number;
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? new LosslessNumber(text) : text;
}

function toValue(cell: unknown): unknown {
  if (cell instanceof Date) return cell.toISOString();
  return cell ?? null;
}

function unreadable(message: string): RecordRefusal {
  return new RecordRefusal([{ record: 0, key: null, code: 'unreadable_file', message }]);
}

async function rowsOf(bytes: Buffer, sheet: string | undefined): Promise<readonly (readonly unknown[])[]> {
  const named = sheet === undefined || /^\d+$/.test(sheet) ? Math.max(Number(sheet ?? 1), 1) : sheet;
  try {
    // As a Blob: the reader for streams finds entries by another way than checkWorkbook, and can be kept waiting.
    return await readSheet(new Blob([bytes]), named, { trim: false, parseNumber });
  } catch (error) {
    const isMissing = error instanceof Error && error.name === 'SheetNotFoundError';
    throw unreadable(
      isMissing ? `There is no sheet "${sheet}"` : 'The file is not an Excel workbook (.xlsx)',
    );
  }
}

async function* each(rows: readonly (readonly unknown[])[]): AsyncGenerator<readonly unknown[]> {
  yield* rows;
}

/**
 * The first sheet of an Excel workbook, or the one that is named or numbered (data-sets.md A3). It is
 * read as an archive under limits before anything in it is looked at.
 */
export async function* readExcel(body: Body, sheet: string | undefined): AsyncGenerator<Element> {
  if (body.size > UPLOAD_LIMITS.workbookBytes) {
    throw beyondLimit(
      `An Excel file may have ${UPLOAD_LIMITS.workbookBytes} bytes at most; CSV has no such limit`,
    );
  }
  const bytes = await body.bytes();
  await checkWorkbook(bytes);
  const isBlank = (cell: unknown) => cell === null || cell === undefined || cell === '';
  yield* readTable({ rows: each(await rowsOf(bytes, sheet)), isBlank, toValue, kind: 'Excel' });
}
