import type { Dialect } from '../descriptor/field-schema.ts';
import { LoadFailure } from '../load-failure.ts';
import type { FileBytes } from './csv-source.ts';

/** The header must end within this: a table of 500 columns with long names has 30 kB. */
const HEADER_BYTES = 1_048_576;

export interface Header {
  readonly cells: readonly string[];
  /** Lines of the file up to the first data row. */
  readonly lines: number;
  /** What DuckDB is told to skip: it counts blank lines and the header, but no comments. */
  readonly skip: number;
}

/** Splits one record; answers its cells and the index after its line end. */
function readRecord(text: string, start: number, dialect: Dialect): { cells: string[]; end: number } {
  const { quoteChar: quote, delimiter } = dialect;
  const escapeChar = dialect.escapeChar ?? quote;
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  let index = start;
  while (index < text.length) {
    const character = text.charAt(index);
    if (quoted) {
      if (character === escapeChar && text.charAt(index + 1) === quote) {
        cell += quote;
        index++;
      } else if (character === quote) quoted = false;
      else cell += character;
    } else if (character === quote && cell === '') quoted = true;
    else if (text.startsWith(delimiter, index)) {
      cells.push(cell);
      cell = '';
      index += delimiter.length - 1;
    } else if (character === '\n' || character === '\r') break;
    else cell += character;
    index++;
  }
  cells.push(cell);
  if (text.startsWith('\r\n', index)) index++;
  return { cells, end: index + 1 };
}

/** Reads the header row: the first line that is neither blank nor a comment. A file without rows has none. */
export async function readHeader(bytes: FileBytes, dialect: Dialect): Promise<Header | undefined> {
  const text = new TextDecoder().decode(await bytes.first(HEADER_BYTES));
  let start = 0;
  let skip = 1;
  while (start < text.length) {
    const { cells, end } = readRecord(text, start, dialect);
    const first = text.slice(start, end);
    const isComment = dialect.commentChar !== undefined && first.startsWith(dialect.commentChar);
    if (!isComment && first.trim() !== '') {
      if (end > HEADER_BYTES) {
        throw new LoadFailure('data_invalid', 'The header row is longer than 1 MiB.');
      }
      const lines = text.slice(0, end).split(/\r\n|\n|\r/).length - (/[\r\n]$/.test(first) ? 1 : 0);
      return { cells: cells.map((cell) => cell.trim()), lines, skip };
    }
    if (!isComment) skip++;
    start = end;
  }
  return undefined;
}
