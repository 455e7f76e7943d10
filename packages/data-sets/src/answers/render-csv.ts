import { renderDate, renderJson } from './render-json.ts';

const FORMULA = /^[=+\-@\t\r|%]/;
const NUMBER = /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers are left alone. */
function neutralised(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return value;
  if (value instanceof Date) return renderDate(value).replace('T', ' ');
  // Numbers, and what is nested in rows that were not flattened.
  return renderJson(value, { compact: true });
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * CSV as the original writes it (data-sets.md 1.1): CRLF, the header is the sorted union of all keys,
 * missing and null are empty cells; no rows, no header. `safe`: text cells are never formulas.
 */
export function renderCsv(
  rows: readonly Readonly<Record<string, unknown>>[],
  { safe = false }: { readonly safe?: boolean } = {},
): string {
  if (rows.length === 0) return '';
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
  const textOf = (value: unknown) => (safe && typeof value === 'string' ? neutralised(value) : cell(value));
  const lines = rows.map((row) =>
    keys.map((key) => quoted(textOf(Object.hasOwn(row, key) ? row[key] : null))),
  );
  return [keys.map(quoted), ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}
