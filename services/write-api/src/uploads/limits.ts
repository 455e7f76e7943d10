import { problem } from '@flyloft/common';

/** What one upload may be like (reliability.md E10). */
export const UPLOAD_LIMITS = {
  columns: 500,
  cellCharacters: 1_000_000,
  /** One line of NDJSON: no record is larger. */
  lineBytes: 15 * 1024 * 1024,
  /** One row of CSV. */
  rowCharacters: 8 * 1024 * 1024,
  /** An Excel file, packed and unpacked. */
  workbookBytes: 16 * 1024 * 1024,
  workbookUnpackedBytes: 48 * 1024 * 1024,
  workbookEntries: 1_000,
  /** A number in a cell has four; nothing else is answered while they are read, which takes a second for so many. */
  workbookTags: 2_000_000,
  /** Rows times columns, with all that is empty between cells. */
  workbookArea: 1_000_000,
} as const;

/** 422 for an upload that goes beyond a limit. */
export function beyondLimit(what: string): Error {
  return problem('unprocessable', what);
}
