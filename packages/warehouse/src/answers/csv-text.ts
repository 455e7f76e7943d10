import { type JsonValue, rawText } from './json-text.ts';

/** What a spreadsheet would run as a formula (reliability.md E11). */
const FORMULA = /^[=+\-@\t\r]/;

function csvCell(value: JsonValue | undefined, safe: boolean): string {
  if (value === null || value === undefined) return '';
  const raw = rawText(value);
  if (raw !== undefined) return raw;
  const text = String(value);
  const shown = safe && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}

type Rows = readonly Readonly<Record<string, JsonValue | undefined>>[];

interface CsvOptions {
  /** Puts an apostrophe before text that a spreadsheet would take for a formula; numbers stay what they are. */
  readonly safe: boolean;
}

const columnsOf = (refs: readonly string[]) => [...new Set(refs)].sort();
const line = (cells: readonly string[]) => `${cells.join(',')}\r\n`;

/** The sorted refs. */
export function csvHeader(refs: readonly string[], { safe }: CsvOptions): string {
  return line(columnsOf(refs).map((ref) => csvCell(ref, safe)));
}

/** The rows under such a header; nulls are empty. */
export function csvLines(refs: readonly string[], rows: Rows, { safe }: CsvOptions): string {
  const columns = columnsOf(refs);
  return rows.map((row) => line(columns.map((ref) => csvCell(row[ref], safe)))).join('');
}

/** Rows as CSV (RFC 4180), with the header. */
export function csvText(refs: readonly string[], rows: Rows, options: CsvOptions): string {
  return csvHeader(refs, options) + csvLines(refs, rows, options);
}
