import { jsonCell, textOf } from '../answers/cell-values.ts';
import type { JsonValue } from '../answers/json-text.ts';
import type { Cell } from '../engine/sandbox.ts';
import { type AggregateParts, aggregateParts } from './aggregate-parts.ts';
import { type CompiledCut, compileCut, presentCells } from './cut-conditions.ts';
import { type OrderTerm, pageStatement } from './page-statement.ts';
import {
  badParameter,
  isOn,
  orderList,
  type Page,
  pageOf,
  parameter,
  type QueryParameters,
  refList,
} from './parse-query.ts';
import {
  type CubeSource,
  columnSql,
  columnType,
  factsWith,
  needsJoin,
  type PreparedQuery,
} from './query-source.ts';
import {
  allAggregates,
  findAggregate,
  findColumn,
  type ResolvedAggregate,
  type ResolvedColumn,
  resolveColumns,
  unknownRef,
} from './resolve-ref.ts';

type Aggregate = ResolvedAggregate &
  AggregateParts & {
    /** Of its parts, in the grouped rows. */
    readonly names: readonly string[];
  };

interface OrderEntry {
  readonly ref: string;
  readonly direction: 'asc' | 'desc';
  readonly terms: readonly string[];
}

interface Plan {
  readonly source: CubeSource;
  readonly cut: CompiledCut;
  readonly keys: readonly ResolvedColumn[];
  readonly aggregates: readonly Aggregate[];
  readonly order: readonly OrderEntry[];
  readonly page: Page;
  readonly summary: boolean;
  readonly count: boolean;
}

function unique<T extends { readonly ref: string }>(entries: readonly T[]): T[] {
  return [...new Map(entries.map((entry) => [entry.ref, entry])).values()];
}

function resolveAggregates(source: CubeSource, query: QueryParameters): Aggregate[] {
  const { model } = source;
  const named = refList(query, 'aggregates', '|').map(
    (ref) => findAggregate(model, ref) ?? unknownRef(model, 'aggregates', ref),
  );
  return (named.length > 0 ? named : allAggregates(model)).map((aggregate, position) => {
    const { column } = aggregate;
    const type = column === undefined ? undefined : columnType(source, { column, join: undefined });
    const parts = aggregateParts(aggregate, type);
    return { ...aggregate, ...parts, names: parts.parts.map((_, part) => `a${position}_${part}`) };
  });
}

function resolveOrder(
  { model }: CubeSource,
  query: QueryParameters,
  keys: readonly ResolvedColumn[],
  aggregates: readonly Aggregate[],
): OrderEntry[] {
  const given = orderList(query).map(({ ref, direction }) => {
    const aggregate = aggregates.find((candidate) => candidate.ref === ref);
    if (aggregate !== undefined) return { ref, direction, terms: aggregate.order(aggregate.names) };
    const column = findColumn(model, ref);
    if (column === undefined && findAggregate(model, ref) === undefined)
      return unknownRef(model, 'order', ref);
    const key = keys.findIndex(
      (candidate) => column !== undefined && columnSql(candidate) === columnSql(column),
    );
    if (key === -1) return badParameter('order', `"${ref}" is not in the answer`);
    return { ref, direction, terms: [`k${key}`] };
  });
  if (given.length > 0) return given;
  return keys.map(({ ref }, index) => ({ ref, direction: 'asc', terms: [`k${index}`] }));
}

const partsOf = (aggregates: readonly Aggregate[]) =>
  aggregates.flatMap(({ parts, names }) =>
    parts.map((part, index) => ({ ...part, name: names[index] ?? '' })),
  );

/** Cells, their count and the summary, in one reading of the facts where the summary is made of the cells. */
function statementOf({ source, cut, keys, aggregates, order, page, summary, count }: Plan): string {
  const parts = partsOf(aggregates);
  const list = parts.map(({ sql, name }) => `${sql} AS ${name}`);
  const all = `FROM ${factsWith(source, cut.columns)} WHERE ${cut.condition}`;
  const texts = parts.map(({ name }) => `CAST(${name} AS VARCHAR)`);
  if (keys.length === 0) return `SELECT true, 1, ${texts.join(', ')} FROM (SELECT ${list.join(', ')} ${all})`;

  const columns = keys.map((key) => columnSql(key));
  const grouped = `SELECT ${[...columns.map((sql, index) => `${sql} AS k${index}`), ...list].join(', ')}
    FROM ${factsWith(source, [...keys, ...cut.columns])} WHERE ${cut.condition} GROUP BY ${[...new Set(columns)].join(', ')}`;
  // Joined cells lack the facts without a row in the dimension's table, which the summary has (cubes.md 5.4).
  const isSeparate = needsJoin(keys, cut.columns);
  const ofAll = ({ name, total }: (typeof parts)[number]) =>
    total === 'sum' ? `sum(${name})` : `${total}(${name})`;
  const totals = {
    ...(summary && isSeparate && { from: `(SELECT ${list.join(', ')} ${all})` }),
    columns: summary
      ? Object.fromEntries(parts.map((part) => [part.name, isSeparate ? part.name : ofAll(part)]))
      : {},
  };
  const terms = order.flatMap(({ terms: sqls, direction }): OrderTerm[] =>
    sqls.map((sql) => ({ sql, direction })),
  );
  return pageStatement({
    grouped,
    columns: [
      ...keys.map((key, index) => ({ name: `k${index}`, answered: textOf(`k${index}`, key.type) })),
      ...parts.map(({ name }, index) => ({ name, answered: texts[index] ?? '' })),
    ],
    totals: summary || count ? totals : undefined,
    // Ties would otherwise fall on either side of a page's end.
    order: [...terms, ...keys.map((_, index) => ({ sql: `k${index}`, direction: 'asc' as const }))],
    page,
  });
}

function readAggregates(aggregates: readonly Aggregate[], cells: readonly Cell[]): Record<string, JsonValue> {
  let at = 0;
  return Object.fromEntries(
    aggregates.map(({ ref, parts, read }) => {
      const own = cells.slice(at, at + parts.length);
      at += parts.length;
      return [ref, read(own)];
    }),
  );
}

/** A sum of no rows is no value, but their number is 0. */
function withZeroes(aggregates: readonly Aggregate[], cells: readonly Cell[]): Cell[] {
  const counts = partsOf(aggregates).map(({ sql }) => sql.startsWith('count('));
  return cells.map((cell, index) => (cell === null && counts[index] === true ? '0' : cell));
}

/**
 * Understands an aggregate query (cubes.md 5.3): drilldown, aggregates, cut, order, page, pagesize, and
 * `summary` and `count` to leave that work out.
 * @throws {ProblemError} 400 naming the parameter.
 */
export function prepareAggregate(source: CubeSource, query: QueryParameters): PreparedQuery {
  const keys = unique(
    refList(query, 'drilldown', '|').flatMap((ref) =>
      resolveColumns(source.model, ref, 'drilldown', { measures: false }),
    ),
  );
  const aggregates = resolveAggregates(source, query);
  const cut = compileCut(source, parameter(query, 'cut'));
  const order = resolveOrder(source, query, keys, aggregates);
  const page = pageOf(query);
  const [summary, count] = [isOn(query, 'summary'), isOn(query, 'count')];
  const sql = statementOf({ source, cut, keys, aggregates, order, page, summary, count });

  return {
    statements: [{ sql, parameters: cut.parameters }],
    read: ([rows = []]) => {
      const [top = []] = rows.filter(([isTotal]) => isTotal === true);
      const whole = readAggregates(aggregates, withZeroes(aggregates, top.slice(2 + keys.length)));
      const drilled = rows
        .filter(([isTotal]) => isTotal !== true)
        .map((row) => ({
          ...Object.fromEntries(keys.map((key, index) => [key.ref, jsonCell(row[2 + index], key.type)])),
          ...readAggregates(aggregates, row.slice(2 + keys.length)),
        }));
      const cells = keys.length > 0 ? drilled : page.page === 1 && page.pageSize > 0 ? [whole] : [];
      return {
        refs: [...keys, ...aggregates].map(({ ref }) => ref),
        rows: cells,
        body: {
          total_cell_count: count ? Number(top[1]) : undefined,
          cells,
          summary: summary ? whole : undefined,
          cell: presentCells(cut),
          aggregates: aggregates.map(({ ref }) => ref),
          attributes: keys.map(({ ref }) => ref),
          order: order.map(({ ref, direction }) => [ref, direction]),
          page: page.page,
          page_size: page.pageSize,
        },
      };
    },
  };
}
