import { jsonCell, textOf } from '../answers/cell-values.ts';
import { compileCut, presentCells } from './cut-conditions.ts';
import { pageStatement } from './page-statement.ts';
import { badParameter, isOn, orderList, pageOf, parameter, type QueryParameters } from './parse-query.ts';
import { type CubeSource, columnSql, membersWith, type PreparedQuery } from './query-source.ts';
import { findColumn, type ResolvedColumn, resolveColumns, unknownRef } from './resolve-ref.ts';

/** A case-insensitive part of key or label (cubes.md A, `q=`). */
function searchCondition(columns: readonly ResolvedColumn[], number: number): string {
  const contains = columns.map(
    (_, index) => `contains(lower(CAST(m${index} AS VARCHAR)), lower(CAST($${number} AS VARCHAR)))`,
  );
  return contains.join(' OR ');
}

/**
 * Understands a members query (cubes.md 5.3, 5.4): cut, order, page, pagesize, `q`, and `count` to leave
 * that work out. One row for each value of the ref's key; the other attributes are the greatest of that group.
 * @throws {ProblemError} 400 naming the parameter.
 */
export function prepareMembers(source: CubeSource, ref: string, query: QueryParameters): PreparedQuery {
  const { model } = source;
  const fields = resolveColumns(model, ref, 'members', { measures: false });
  const cut = compileCut(source, parameter(query, 'cut'));
  const search = parameter(query, 'q');
  const given = orderList(query).map((entry) => {
    const column = findColumn(model, entry.ref) ?? unknownRef(model, 'order', entry.ref);
    const index = fields.findIndex((field) => columnSql(field) === columnSql(column));
    if (index === -1) return badParameter('order', `"${entry.ref}" is not in the answer`);
    return { ...entry, index };
  });
  const order =
    given.length > 0
      ? given
      : fields.map((field, index) => ({ ref: field.ref, direction: 'asc' as const, index }));
  const [page, count] = [pageOf(query), isOn(query, 'count')];

  const list = fields.map((field, index) =>
    index === 0 ? `${columnSql(field)} AS m0` : `max(${columnSql(field)}) AS m${index}`,
  );
  const key = fields.slice(0, 1).map(columnSql).join();
  const from = membersWith(source, [...fields, ...cut.columns]);
  const sql = pageStatement({
    grouped: `SELECT ${list.join(', ')} FROM ${from} WHERE ${cut.condition} GROUP BY ${key}`,
    columns: fields.map(({ type }, index) => ({ name: `m${index}`, answered: textOf(`m${index}`, type) })),
    totals: count ? { columns: {} } : undefined,
    ...(search === undefined ? {} : { filter: searchCondition(fields, cut.parameters.length + 1) }),
    order: [
      ...order.map(({ index, direction }) => ({ sql: `m${index}`, direction })),
      { sql: 'm0', direction: 'asc' },
    ],
    page,
  });

  return {
    statements: [{ sql, parameters: [...cut.parameters, ...(search === undefined ? [] : [search])] }],
    read: ([found = []]) => {
      const rows = found
        .filter(([isTotal]) => isTotal !== true)
        .map((row) =>
          Object.fromEntries(
            fields.map(({ ref: name, type }, index) => [name, jsonCell(row[2 + index], type)]),
          ),
        );
      const refs = fields.map((field) => field.ref);
      return {
        refs,
        rows,
        body: {
          total_member_count: count ? Number(found[0]?.[1]) : undefined,
          data: rows,
          cell: presentCells(cut),
          fields: refs,
          order: order.map((entry) => [entry.ref, entry.direction]),
          page: page.page,
          page_size: page.pageSize,
        },
      };
    },
  };
}
