export interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
}

/** A plain-text table; every row has a cell for each column. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width));
  return [line(columns.map(({ heading }) => heading)), line(rule), ...rows.map(line)]
    .map((text) => `    ${text}`)
    .join('\n');
}

/** A decimal's digits with thousands separated, rounded to whole units by its text, never by a double. */
export function formatWhole(decimal: string): string {
  const negative = decimal.startsWith('-');
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const rounded = BigInt(whole) + (fraction >= '5' ? 1n : 0n);
  const grouped = rounded.toString().replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
  return negative ? `-${grouped}` : grouped;
}
