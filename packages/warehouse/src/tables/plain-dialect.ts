import { type Dialect, dialectSchema } from '../descriptor/dialect-schema.ts';

/** Keys that say how cells are understood, whatever they were written as. */
function kept({ header, caseSensitiveHeader, nullSequence }: Dialect) {
  return { header, caseSensitiveHeader, ...(nullSequence === undefined ? {} : { nullSequence }) };
}

/** The dialect of a table that was converted. */
export function plainDialect(dialect: Dialect): Dialect {
  return dialectSchema.parse(kept(dialect));
}

export function usualLines(terminator: string | undefined): boolean {
  return terminator === undefined || /^(\r\n|\n|\r)$/.test(terminator);
}

/**
 * Whether the engine reads this dialect itself. It would take a comment's character for one in the middle
 * of a line too, knows one line for the header, and an escape character only inside quotes, where it
 * would make the places of the report wrong.
 */
export function isReadDirectly(dialect: Dialect): boolean {
  const { commentChar, commentRows, headerRows, lineTerminator, skipInitialSpace, escapeChar, quoteChar } =
    dialect;
  const oneHeader = headerRows === undefined || (headerRows.length === 1 && headerRows[0] === 1);
  return (
    commentChar === undefined &&
    (commentRows ?? []).length === 0 &&
    oneHeader &&
    usualLines(lineTerminator) &&
    !skipInitialSpace &&
    (escapeChar === undefined || escapeChar === quoteChar)
  );
}
