import type { Direction, Page } from './parse-query.ts';
import { orderTerm } from './query-source.ts';

export interface OrderTerm {
  /** SQL over the grouped rows' columns. */
  readonly sql: string;
  readonly direction: Direction;
}

export interface PagedRows {
  /** A SELECT that makes every row. */
  readonly grouped: string;
  /** The rows' columns, and how each is answered. */
  readonly columns: readonly { readonly name: string; readonly answered: string }[];
  /**
   * What is said of all rows, by column; undefined leaves that work out. `from` is where those values come from
   * when they are not made of the rows.
   */
  readonly totals: { readonly from?: string; readonly columns: Readonly<Record<string, string>> } | undefined;
  /** A condition on the rows. */
  readonly filter?: string;
  readonly order: readonly OrderTerm[];
  readonly page: Page;
}

/**
 * One statement for a page of rows and what is said of all of them: facts are read once, the totals are made
 * of the groups. Its rows begin with `is_total` and, in the row of totals, the number of all rows.
 */
export function pageStatement({ grouped, columns, totals, filter, order, page }: PagedRows): string {
  const names = columns.map(({ name }) => name).join(', ');
  // A column that was sorted by sorts nothing a second time, but would have to be planned and compared.
  const terms = order.filter(({ sql }, index) => order.findIndex((term) => term.sql === sql) === index);
  const sorting = terms.map(({ sql, direction }) => orderTerm(sql, direction)).join(', ');
  const where = filter === undefined ? '' : `WHERE ${filter}`;
  const offset = (page.page - 1) * page.pageSize;
  const rows = `(SELECT false AS is_total, CAST(NULL AS BIGINT) AS cells, ${names} FROM grouped ${where}
      ORDER BY ${sorting} LIMIT ${page.pageSize} OFFSET ${offset})`;
  const said = columns.map(({ name }) => `${totals?.columns[name] ?? 'NULL'} AS ${name}`).join(', ');
  // One reading of the groups for their number and their sums: a scalar subquery beside it costs 0.3 of 1.8 ms (cube-speed.md).
  const count = totals?.from === undefined ? 'count(*)' : `(SELECT count(*) FROM grouped ${where})`;
  const total = `(SELECT true AS is_total, ${count} AS cells, ${said} FROM ${totals?.from ?? `grouped ${where}`})`;
  return `WITH grouped AS MATERIALIZED (${grouped})
    SELECT is_total, cells, ${columns.map(({ answered }) => answered).join(', ')}
    FROM (${totals === undefined ? rows : `${total} UNION ALL ${rows}`}) ORDER BY is_total DESC, ${sorting}`;
}
