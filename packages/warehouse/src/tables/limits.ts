/** Tables are wide at most so (reliability.md E10). */
export const MAX_COLUMNS = 500;

/** Data packs to a tenth, at best a fiftieth of its size; a bomb to a thousandth. */
export const MAX_RATIO = 200;

/** Small files may repeat themselves. */
export const RATIO_FREE_BYTES = 4 * 1024 ** 2;

/** Entries of an archive: a package has some files, a workbook some hundred parts. */
export const MAX_ENTRIES = 2_000;

/**
 * A workbook is unpacked and parsed in memory: 24 MB of XML (190,000 rows of two cells) took 280 MB and
 * 3 s, 45 MB took 480 MB and 8 s. Larger ones are loaded as CSV.
 */
export const MAX_WORKBOOK_BYTES = 24 * 1024 ** 2;

/**
 * A row as CSV, and what DuckDB reads at a time. Its own 32 MB for each thread were 120 MB more of peak memory, and
 * no faster.
 */
export const MAX_ROW_BYTES = 4_000_000;

export const ROW_TOO_LONG = `the row is longer than ${MAX_ROW_BYTES} bytes`;
