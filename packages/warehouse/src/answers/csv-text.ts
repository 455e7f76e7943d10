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

/**
 * Rows as CSV (RFC 4180): the header is the sorted refs, nulls are empty. `safe` puts an apostrophe before
 * text that a spreadsheet would take for a formula; numbers stay what they are.
 */
export function csvText(
  refs: readonly string[],
  rows: readonly Readonly<Record<string, JsonValue | undefined>>[],
  options: { readonly safe: boolean },
): string {
  const columns = [...new Set(refs)].sort();
  const line = (cells: readonly string[]) => `${cells.join(',')}\r\n`;
  const header = line(columns.map((ref) => csvCell(ref, options.safe)));
  return header + rows.map((row) => line(columns.map((ref) => csvCell(row[ref], options.safe)))).join('');
}
