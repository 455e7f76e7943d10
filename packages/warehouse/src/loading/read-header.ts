import type { Dialect } from '../descriptor/dialect-schema.ts';
import { LoadFailure } from '../load-failure.ts';
import type { FileBytes } from './csv-source.ts';

/** The header must end within this: a table of 500 columns with long names has 30 kB. */
const HEADER_BYTES = 1_048_576;

export interface Header {
  readonly cells: readonly string[];
  /** Lines of the file up to the first data row. */
  readonly lines: number;
  /** What DuckDB is told to skip: it counts records, blank ones too. */
  readonly skip: number;
  /** Bytes of the file up to the first data row. */
  readonly bytes: number;
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
    } else if (character === quote && quote !== '' && cell === '') quoted = true;
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

/** Reads the header row: the first line that is not blank. A file without rows has none. */
export async function readHeader(bytes: FileBytes, dialect: Dialect): Promise<Header | undefined> {
  const head = await bytes.first(HEADER_BYTES);
  // ignoreBOM keeps the mark in the text, so that bytes are counted right
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(head);
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  let skip = 1;
  while (start < text.length) {
    const { cells, end } = readRecord(text, start, dialect);
    const record = text.slice(start, end);
    if (record.trim() !== '') {
      if (end > text.length && head.length === HEADER_BYTES) {
        throw new LoadFailure('data_invalid', 'The header row is longer than 1 MiB.');
      }
      const before = text.slice(0, end);
      const lines = before.split('\n').length - (record.endsWith('\n') ? 1 : 0);
      return { cells: cells.map((cell) => cell.trim()), lines, skip, bytes: Buffer.byteLength(before) };
    }
    skip++;
    start = end;
  }
  return undefined;
}
