import { jsonCell, textOf } from '../answers/cell-values.ts';
import { exactAverage } from '../answers/exact-average.ts';
import { type JsonValue, rawJson } from '../answers/json-text.ts';
import type { Cell } from '../engine/sandbox.ts';
import { identifier } from '../engine/sql-text.ts';
import { compileCut } from './cut-conditions.ts';
import {
  badParameter,
  isOn,
  orderList,
  pageOf,
  parameter,
  type QueryParameters,
  refList,
} from './parse-query.ts';
import { type CubeSource, factsOf, orderTerm, type PreparedQuery, presentCells } from './query-source.ts';
import {
  allAggregates,
  findAggregate,
  findColumn,
  type ResolvedAggregate,
  type ResolvedColumn,
  resolveColumns,
  unknownRef,
} from './resolve-ref.ts';

interface OrderEntry {
  readonly ref: string;
  readonly direction: 'asc' | 'desc';
  /** Name of the column in the grouped rows. */
  readonly column: string;
}

function unique<T extends { readonly ref: string }>(entries: readonly T[]): T[] {
  return [...new Map(entries.map((entry) => [entry.ref, entry])).values()];
}

/** What an aggregate needs of the engine; an average needs sum and count, and is divided exactly here. */
function aggregateSql({ function: name, column }: ResolvedAggregate, position: number): string[] {
  if (column === undefined) return [`count(*) AS a${position}`];
  const sql = identifier(column);
  if (name !== 'avg') return [`${name}(${sql}) AS a${position}`];
  return [
    `sum(${sql}) AS a${position}_sum`,
    `count(${sql}) AS a${position}_count`,
    `CAST(sum(${sql}) AS DOUBLE) / nullif(count(${sql}), 0) AS a${position}`,
  ];
}

/** Names of the grouped columns that an aggregate's value is read from. */
function aggregateCells({ function: name }: ResolvedAggregate, position: number): string[] {
  const names = name === 'avg' ? [`a${position}_sum`, `a${position}_count`] : [`a${position}`];
  return names.map((column) => `CAST(${column} AS VARCHAR)`);
}

function readAggregates(
  aggregates: readonly ResolvedAggregate[],
  cells: readonly Cell[],
): Record<string, JsonValue> {
  let at = 0;
  const values: [string, JsonValue][] = aggregates.map((aggregate) => {
    const [first = null] = cells.slice(at, at + 1);
    if (aggregate.function !== 'avg') {
      at += 1;
      const type = aggregate.function === 'count' ? 'integer' : aggregate.type;
      return [aggregate.ref, jsonCell(first, type)];
    }
    const count = BigInt(String(cells[at + 1] ?? 0));
    at += 2;
    const average = first === null ? null : rawJson(exactAverage(String(first), count, aggregate.scale));
    return [aggregate.ref, average];
  });
  return Object.fromEntries(values);
}

function resolveOrder(
  { model }: CubeSource,
  query: QueryParameters,
  keys: readonly ResolvedColumn[],
  aggregates: readonly ResolvedAggregate[],
): OrderEntry[] {
  const given = orderList(query).map(({ ref, direction }) => {
    const aggregate = aggregates.findIndex((candidate) => candidate.ref === ref);
    if (aggregate !== -1) return { ref, direction, column: `a${aggregate}` };
    const column = findColumn(model, ref);
    if (column === undefined && findAggregate(model, ref) === undefined) return unknownRef('order', ref);
    const key = keys.findIndex(
      (candidate) => candidate.ref === column?.ref || candidate.column === column?.column,
    );
    if (key === -1) return badParameter('order', `"${ref}" is not in the answer`);
    return { ref, direction, column: `k${key}` };
  });
  if (given.length > 0) return given;
  return keys.map(({ ref }, index) => ({ ref, direction: 'asc', column: `k${index}` }));
}

interface Plan {
  readonly keys: readonly ResolvedColumn[];
  readonly aggregates: readonly ResolvedAggregate[];
  readonly order: readonly OrderEntry[];
  readonly totals: boolean;
  readonly first: number;
  readonly last: number;
}

/** Cells, their count and the summary in one scan, by grouping sets (cubes.md A). */
function aggregateStatement(facts: string, plan: Plan): string {
  const { keys, aggregates, order, totals } = plan;
  const columns = [...new Set(keys.map((key) => identifier(key.column)))];
  const groups = `(${columns.join(', ')})`;
  const isSummary =
    totals && keys.length > 0 ? `GROUPING(${columns[0]}) = 1` : keys.length === 0 ? 'true' : 'false';
  const grouped = [
    `${isSummary} AS is_summary`,
    ...keys.map((key, index) => `${identifier(key.column)} AS k${index}`),
    ...aggregates.flatMap(aggregateSql),
  ];
  const grouping =
    keys.length === 0 ? '' : totals ? `GROUP BY GROUPING SETS (${groups}, ())` : `GROUP BY ${groups}`;
  const sorting = order.map(({ column, direction }) => orderTerm(column, direction));
  // Ties would otherwise fall on either side of a page's end.
  const ties = keys.map((_, index) => orderTerm(`k${index}`, 'asc'));
  const answered = [
    'is_summary',
    'cells',
    ...keys.map((key, index) => textOf(`k${index}`, key.type)),
    ...aggregates.flatMap(aggregateCells),
  ];
  const sort = [...sorting, ...ties];
  return `WITH grouped AS (SELECT ${grouped.join(', ')} FROM ${facts} ${grouping}),
    numbered AS (SELECT *, count(*) FILTER (NOT is_summary) OVER () AS cells,
      row_number() OVER (PARTITION BY is_summary${sort.length === 0 ? '' : ` ORDER BY ${sort.join(', ')}`}) AS number FROM grouped)
    SELECT ${answered.join(', ')} FROM numbered
    WHERE is_summary OR (number > ${plan.first} AND number <= ${plan.last}) ORDER BY is_summary DESC, number`;
}

/**
 * Understands an aggregate query (cubes.md 5.3): drilldown, aggregates, cut, order, page, pagesize, and
 * `summary` and `count` to leave that work out.
 * @throws {ProblemError} 400 naming the parameter.
 */
export function prepareAggregate(source: CubeSource, query: QueryParameters): PreparedQuery {
  const { model } = source;
  const keys = unique(
    refList(query, 'drilldown', '|').flatMap((ref) =>
      resolveColumns(model, ref, 'drilldown', { measures: false }),
    ),
  );
  const named = refList(query, 'aggregates', '|').map(
    (ref) => findAggregate(model, ref) ?? unknownRef('aggregates', ref),
  );
  const aggregates = named.length > 0 ? named : allAggregates(model);
  const cut = compileCut(model, parameter(query, 'cut'));
  const order = resolveOrder(source, query, keys, aggregates);
  const page = pageOf(query);
  const [summary, count] = [isOn(query, 'summary'), isOn(query, 'count')];
  const first = (page.page - 1) * page.pageSize;
  const plan = { keys, aggregates, order, totals: summary || count, first, last: first + page.pageSize };
  const statement = aggregateStatement(factsOf(source, cut), plan);
  const refs = [...keys, ...aggregates].map(({ ref }) => ref);

  return async (session) => {
    const rows = await session.rows(statement, cut.parameters);
    const read = (row: readonly Cell[]) => readAggregates(aggregates, row.slice(2 + keys.length));
    const top = rows.find(([isSummary]) => isSummary === true);
    const whole =
      keys.length === 0 && top !== undefined && first === 0 && page.pageSize > 0 ? [read(top)] : [];
    const cells = rows
      .filter(([isSummary]) => isSummary !== true)
      .map((row) => ({
        ...Object.fromEntries(keys.map((key, index) => [key.ref, jsonCell(row[2 + index], key.type)])),
        ...read(row),
      }));
    const answered = keys.length === 0 ? whole : cells;
    const total = keys.length === 0 ? 1 : Number(rows[0]?.[1] ?? 0);
    return {
      refs,
      rows: answered,
      body: {
        total_cell_count: count ? total : undefined,
        cells: answered,
        summary: summary && top !== undefined ? read(top) : undefined,
        cell: presentCells(cut),
        aggregates: aggregates.map(({ ref }) => ref),
        attributes: keys.map(({ ref }) => ref),
        order: order.map(({ ref, direction }) => [ref, direction]),
        page: page.page,
        page_size: page.pageSize,
      },
    };
  };
}
