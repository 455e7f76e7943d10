import { LosslessNumber } from 'lossless-json';
import { readUpload, type Upload } from '../uploads/read-upload.ts';

/** The first records of a file as a person sees them. */
export interface Preview {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const MOST_ROWS = 10;
const MOST_COLUMNS = 30;
const LONGEST_CELL = 200;

function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = value instanceof LosslessNumber ? value.value : String(value);
  return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text;
}

function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) && !(raw instanceof LosslessNumber);
}

/** Reads no more of the file than it shows. */
export async function previewOf(upload: Upload): Promise<Preview> {
  const records: Record<string, unknown>[] = [];
  for await (const { raws } of readUpload(upload, { keepLiterals: true })) {
    records.push(...raws.filter(isRecord).slice(0, MOST_ROWS - records.length));
    if (records.length === MOST_ROWS) break;
  }
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))].slice(0, MOST_COLUMNS);
  const cell = (record: Record<string, unknown>, column: string) =>
    cellText(Object.hasOwn(record, column) ? record[column] : undefined);
  return { columns, rows: records.map((record) => columns.map((column) => cell(record, column))) };
}
