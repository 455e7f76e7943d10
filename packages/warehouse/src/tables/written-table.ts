import type { Dialect } from '../descriptor/dialect-schema.ts';

/** A part of a table and the lines that it takes. */
export interface WrittenPart {
  readonly name: string;
  /** Its first line in the table's file. */
  readonly firstLine: number;
  /** The number of that line in the part's own file. */
  readonly ownFirstLine: number;
}

/** A table on this disk as the engine reads it: UTF-8, line feeds, a dialect that it knows. */
export interface WrittenTable {
  readonly path: string;
  readonly dialect: Dialect;
  /** None when the table is one file. */
  readonly parts: readonly WrittenPart[];
  /** What a row's line in the report is: the line of the file, the row of a sheet, or none in JSON. */
  readonly lines: 'line' | 'record' | 'none';
}
