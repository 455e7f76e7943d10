/** One record in the one CSV dialect that converted tables are written in. Blank cells are unquoted. */
export function csvRecord(cells: readonly string[]): string {
  const record = cells
    .map((cell) => (/[",\n\r]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
  // A row of one blank cell is a row; an empty line would be none.
  return `${record === '' && cells.length === 1 ? '""' : record}\n`;
}
