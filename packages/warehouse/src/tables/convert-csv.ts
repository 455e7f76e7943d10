import { pipeline, type Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { Dialect } from '../descriptor/dialect-schema.ts';
import { LoadFailure } from '../load-failure.ts';
import { csvRecord } from './csv-record.ts';
import { MAX_ROW_BYTES } from './limits.ts';
import { usualLines } from './plain-dialect.ts';

/** Escaped characters outside of quotes, which csv-parse leaves alone. */
function unescaped(cell: string, escapeChar: string): string {
  let text = '';
  for (let index = 0; index < cell.length; index++) {
    if (cell[index] === escapeChar) index++;
    text += cell[index] ?? '';
  }
  return text;
}

/** Joins what an escape character kept together: `a\,b` is one cell. */
function joinEscaped(cells: readonly string[], { escapeChar = '', delimiter }: Dialect): string[] {
  const joined: string[] = [];
  let open: string | undefined;
  for (const cell of cells) {
    const text: string = open === undefined ? cell : `${open}${delimiter}${cell}`;
    const trailing = text.length - text.replaceAll(new RegExp(`\\${escapeChar}+$`, 'g'), '').length;
    if (trailing % 2 === 1) open = text;
    else {
      joined.push(unescaped(text, escapeChar));
      open = undefined;
    }
  }
  if (open !== undefined) joined.push(unescaped(open, escapeChar));
  return joined;
}

interface ParsedRecord {
  readonly record: readonly string[];
  /** `lines` is the line that the record ends on. */
  readonly info: { readonly lines: number };
}

function parser(dialect: Dialect) {
  const { delimiter, quoteChar, escapeChar, commentChar, lineTerminator } = dialect;
  const quotes = quoteChar !== '';
  return parse({
    delimiter,
    quote: quotes ? quoteChar : false,
    escape: quotes ? (escapeChar ?? (dialect.doubleQuote ? quoteChar : null)) : null,
    ...(commentChar === undefined ? {} : { comment: commentChar, comment_no_infix: true }),
    // line ends have become line feeds
    record_delimiter: usualLines(lineTerminator) ? '\n' : (lineTerminator ?? '\n'),
    ltrim: dialect.skipInitialSpace,
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: MAX_ROW_BYTES,
    info: true,
    bom: true,
  });
}

function joinHeader(rows: readonly (readonly string[])[], separator: string): string[] {
  const width = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, index) =>
    rows
      .map((row) => row[index]?.trim() ?? '')
      .filter((cell) => cell !== '')
      .join(separator),
  );
}

const isBlank = (cells: readonly string[]) => cells.length === 1 && cells[0]?.trim() === '';

/** Lines that a text goes on over. */
const breaks = (text: string) => text.split('\n').length - 1;

/** The records of a file as it is converted, each on the line that it had. */
async function* convertRecords(
  records: AsyncIterable<ParsedRecord>,
  dialect: Dialect,
): AsyncGenerator<string> {
  const { headerRows = [1], commentRows = [], header, headerJoin, lineTerminator } = dialect;
  const escapes = dialect.quoteChar === '' && dialect.escapeChar !== undefined;
  const heading: (readonly string[])[] = [];
  const lastHeader = header ? Math.max(...headerRows) : 0;
  // A header on the first line may have comments and blank lines before it.
  const plainHeader = lastHeader === 1;
  let written = 0;
  let number = 0;
  for await (const { record, info } of records) {
    const cells = escapes ? joinEscaped(record, dialect) : record;
    const text = csvRecord(cells);
    number = usualLines(lineTerminator) ? info.lines - breaks(text) + 1 : number + 1;
    if (isBlank(cells) || commentRows.includes(number)) continue;
    if (!plainHeader && header && number <= lastHeader) {
      if (headerRows.includes(number)) heading.push(cells);
      if (number < lastHeader) continue;
    }
    const line =
      heading.length > 0 && number === lastHeader ? csvRecord(joinHeader(heading, headerJoin)) : text;
    yield '\n'.repeat(Math.max(0, number - 1 - written)) + line;
    written = Math.max(written, number - 1) + breaks(line);
  }
}

/**
 * The records of a dialect that the engine does not read, in the plain one. A record keeps its line:
 * comments and rows that are left out become blank lines.
 * @throws {LoadFailure} `data_invalid` where the text cannot be read on.
 */
export async function* convertCsv(text: Readable, dialect: Dialect, name: string): AsyncGenerator<string> {
  const parsing = pipeline(text, parser(dialect), () => undefined);
  try {
    // `info: true` makes records of this shape
    yield* convertRecords(parsing as AsyncIterable<ParsedRecord>, dialect);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('CSV_'))
      throw error;
    const message = `it cannot be read as CSV: ${error.message}`;
    throw new LoadFailure('data_invalid', `The file of "${name}" is not valid: ${message}.`, [
      { resource: name, rule: 'csv', message },
    ]);
  }
}
