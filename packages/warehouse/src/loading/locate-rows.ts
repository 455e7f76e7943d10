import type { CsvSource } from './csv-source.ts';

export interface Place {
  /** Data rows counted from 1. */
  readonly row: number;
  /** Lines of the file counted from 1; none where rows have no line. */
  readonly line?: number;
  /** The part of the table that the line is counted in, when it has several. */
  readonly part?: string;
}

export interface RowsToLocate {
  /** Ascending bytes inside records that DuckDB refused. */
  readonly refused: readonly number[];
  /** Records by their number among those that DuckDB accepted. */
  readonly accepted: ReadonlySet<number>;
}

export interface LocatedRows {
  readonly byOffset: ReadonlyMap<number, Place>;
  readonly byAccepted: ReadonlyMap<number, Place>;
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;

interface CsvRecord {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
  readonly line: number;
  readonly isEmpty: boolean;
}

/** The records of a file, by walking its bytes. Line ends inside quotes do not end a record. */
async function* records({ bytes, dialect }: CsvSource): AsyncGenerator<CsvRecord> {
  const quote = dialect.quoteChar.charCodeAt(0);
  // A line of spaces is no row, unless they are what delimits cells.
  const blanks = new Set(
    [SPACE, TAB].filter((byte) => !dialect.delimiter.includes(String.fromCharCode(byte))),
  );
  let [offset, line, start, startLine] = [0, 1, 0, 1];
  let [isEmpty, quoted, previous] = [true, false, 0];
  for await (const chunk of bytes.chunks()) {
    for (const byte of chunk) {
      offset++;
      const secondHalf = byte === NEWLINE && previous === RETURN;
      previous = byte;
      if (secondHalf) {
        if (!quoted) start = offset;
      } else if (byte === NEWLINE || byte === RETURN) {
        line++;
        if (quoted) continue;
        yield { start, end: offset, line: startLine, isEmpty };
        [start, startLine, isEmpty] = [offset, line, true];
      } else {
        if (!blanks.has(byte)) isEmpty = false;
        if (byte === quote) quoted = !quoted;
      }
    }
  }
  if (!isEmpty) yield { start, end: offset, line: startLine, isEmpty };
}

/** The line as the person's own file counts it. */
function lineOf({ parts, lines }: CsvSource, line: number, record: number): Omit<Place, 'row'> {
  if (lines === 'none') return {};
  if (lines === 'record') return { line: record };
  const part = parts.findLast(({ firstLine }) => firstLine <= line);
  if (part === undefined) return { line };
  return { line: line - part.firstLine + part.ownFirstLine, part: part.name };
}

/**
 * Finds row and line of records. Needed only for a file that is refused: DuckDB's own line counts no line
 * ends inside quotes, and its byte positions can be one off after a blank line, so a record is found by
 * any byte inside it.
 */
export async function locateRows(source: CsvSource, wanted: RowsToLocate): Promise<LocatedRows> {
  let record = 0;
  const byOffset = new Map<number, Place>();
  const byAccepted = new Map<number, Place>();
  let [row, accepted, next] = [0, 0, 0];
  for await (const { start, end, line, isEmpty } of records(source)) {
    record++;
    if (line <= source.headerLines || isEmpty) continue;
    const refused: number[] = [];
    for (; (wanted.refused[next] ?? Number.POSITIVE_INFINITY) < end; next++) {
      const inside = wanted.refused[next] ?? 0;
      if (inside >= start) refused.push(inside);
    }
    const place = { row: ++row, ...lineOf(source, line, record) };
    for (const offset of refused) byOffset.set(offset, place);
    if (refused.length === 0 && wanted.accepted.has(++accepted)) byAccepted.set(accepted, place);
    if (next >= wanted.refused.length && byAccepted.size === wanted.accepted.size) break;
  }
  return { byOffset, byAccepted };
}
