/** A quoted SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A quoted SQL text literal. DuckDB knows no backslash escapes in these. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
