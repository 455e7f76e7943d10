import type { Dialect } from '../descriptor/dialect-schema.ts';
import { identifier, literal } from '../engine/sql-text.ts';
import { MAX_ROW_BYTES } from '../tables/limits.ts';
import type { WrittenTable } from '../tables/written-table.ts';

/** How many problems of one file are reported in full (packages.md A6). */
export const REPORT_LIMIT = 10_000;

/** A file where the engine can read it; the few bytes that JavaScript looks at come through here. */
export interface FileBytes {
  readonly path: string;
  first(length: number): Promise<Uint8Array>;
  chunks(): AsyncIterable<Uint8Array>;
}

/** A CSV file on this disk, decoded to UTF-8. */
export interface CsvSource {
  readonly bytes: FileBytes;
  readonly columns: number;
  readonly dialect: Dialect;
  /** Texts that mean "no value"; the empty one always does. */
  readonly missingValues: readonly string[];
  /** The same for columns that have texts of their own, by their index. */
  readonly ownMissingValues?: ReadonlyMap<number, readonly string[]>;
  /** Where the parts of a table in several files begin, and what a line number means (see WrittenTable). */
  readonly parts: WrittenTable['parts'];
  readonly lines: WrittenTable['lines'];
  /** Lines before the first data row, and how many of them DuckDB counts. */
  readonly headerLines: number;
  readonly skip: number;
}

/** The name of a file's column inside our statements: headers can hold anything. */
export function cellName(index: number): string {
  return `c${index}`;
}

/**
 * `read_csv` with every cell as text. Types are not left to it: DuckDB's casts take `1.5` and `1_000`
 * for integers. Ragged rows, broken quotes and bytes that are no UTF-8 go to the rejects table.
 */
export function readCsv(source: CsvSource, rejects?: string): string {
  const { dialect, ownMissingValues = new Map() } = source;
  const names = Array.from({ length: source.columns }, (_, index) => cellName(index));
  const columns = names.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ');
  const common = ['', ...source.missingValues];
  const missing = [...new Set(ownMissingValues.size === 0 ? common : [''])].map(literal).join(', ');
  const escapeChar = dialect.escapeChar ?? (dialect.doubleQuote ? dialect.quoteChar : '');
  const options = [
    `columns = {${columns}}`,
    'auto_detect = false',
    'header = false',
    `skip = ${source.skip}`,
    `delim = ${literal(dialect.delimiter)}`,
    `quote = ${literal(dialect.quoteChar)}`,
    `escape = ${literal(escapeChar)}`,
    `nullstr = [${missing}]`,
    'strict_mode = true',
    `buffer_size = ${MAX_ROW_BYTES}`,
    ...(rejects === undefined
      ? []
      : [
          'store_rejects = true',
          `rejects_table = ${literal(rejects)}`,
          `rejects_scan = ${literal(`${rejects}_scans`)}`,
          `rejects_limit = ${REPORT_LIMIT}`,
        ]),
  ];
  const table = `read_csv(${literal(source.bytes.path)}, ${options.join(', ')})`;
  // A blank line is no row; where there is one column, DuckDB takes it for an empty cell.
  const rows = source.columns > 1 ? table : `(SELECT * FROM ${table} WHERE trim(${cell(0)}) <> '')`;
  if (ownMissingValues.size === 0) return rows;
  const cells = names.map((_, index) => {
    const absent = (ownMissingValues.get(index) ?? common).map(literal).join(', ');
    return `CASE WHEN ${cell(index)} NOT IN (${absent}) THEN ${cell(index)} END AS ${cell(index)}`;
  });
  return `(SELECT ${cells.join(', ')} FROM ${rows})`;
}

export function cell(index: number): string {
  return identifier(cellName(index));
}
