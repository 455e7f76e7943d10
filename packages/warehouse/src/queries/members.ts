import { jsonCell, textOf } from '../answers/cell-values.ts';
import { identifier } from '../engine/sql-text.ts';
import { compileCut } from './cut-conditions.ts';
import { badParameter, orderList, pageOf, parameter, type QueryParameters } from './parse-query.ts';
import {
  type CubeSource,
  factsOf,
  limitOf,
  orderTerm,
  type PreparedQuery,
  presentCells,
} from './query-source.ts';
import { findColumn, type ResolvedColumn, resolveColumns, unknownRef } from './resolve-ref.ts';

/** A case-insensitive part of key or label (cubes.md A, `q=`). */
function searchCondition(columns: readonly ResolvedColumn[], number: number): string {
  const contains = columns.map(
    (_, index) => `contains(lower(CAST(m${index} AS VARCHAR)), lower(CAST($${number} AS VARCHAR)))`,
  );
  return contains.join(' OR ');
}

/**
 * Understands a members query (cubes.md 5.3, 5.4): cut, order, page, pagesize and `q`. One row for each
 * value of the ref's key; the other attributes are the greatest of that group.
 * @throws {ProblemError} 400 naming the parameter.
 */
export function prepareMembers(source: CubeSource, ref: string, query: QueryParameters): PreparedQuery {
  const { model } = source;
  const fields = resolveColumns(model, ref, 'members', { measures: false });
  const cut = compileCut(model, parameter(query, 'cut'));
  const search = parameter(query, 'q');
  const given = orderList(query).map((entry) => {
    const column = findColumn(model, entry.ref) ?? unknownRef('order', entry.ref);
    const index = fields.findIndex((field) => field.column === column.column);
    if (index === -1) return badParameter('order', `"${entry.ref}" is not in the answer`);
    return { ...entry, index };
  });
  const order =
    given.length > 0
      ? given
      : fields.map((field, index) => ({ ref: field.ref, direction: 'asc' as const, index }));
  const page = pageOf(query);

  const list = fields.map(({ column }, index) => {
    const sql = identifier(column);
    return index === 0 ? `${sql} AS m0` : `max(${sql}) AS m${index}`;
  });
  const key = identifier(fields[0]?.column ?? '');
  const grouped = `SELECT ${list.join(', ')} FROM ${factsOf(source, cut)} GROUP BY ${key}`;
  const filter = search === undefined ? '' : `WHERE ${searchCondition(fields, cut.parameters.length + 1)}`;
  const parameters = search === undefined ? cut.parameters : [...cut.parameters, search];
  const members = `FROM (${grouped}) ${filter}`;
  const sorting = [
    ...order.map(({ index, direction }) => orderTerm(`m${index}`, direction)),
    orderTerm('m0', 'asc'),
  ];
  const answered = fields.map(({ type }, index) => textOf(`m${index}`, type));
  const statement = `SELECT ${answered.join(', ')} ${members} ORDER BY ${sorting.join(', ')} ${limitOf(page)}`;

  return async (session) => {
    const [total = []] = await session.rows(`SELECT count(*) ${members}`, parameters);
    const found = page.pageSize === 0 ? [] : await session.rows(statement, parameters);
    const rows = found.map((row) =>
      Object.fromEntries(fields.map((field, index) => [field.ref, jsonCell(row[index], field.type)])),
    );
    const refs = fields.map((field) => field.ref);
    return {
      refs,
      rows,
      body: {
        total_member_count: Number(total[0]),
        data: rows,
        cell: presentCells(cut),
        fields: refs,
        order: order.map((entry) => [entry.ref, entry.direction]),
        page: page.page,
        page_size: page.pageSize,
      },
    };
  };
}
