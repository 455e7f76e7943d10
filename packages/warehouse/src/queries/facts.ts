import { jsonCell, textOf } from '../answers/cell-values.ts';
import { identifier } from '../engine/sql-text.ts';
import { compileCut } from './cut-conditions.ts';
import { orderList, pageOf, parameter, type QueryParameters, refList } from './parse-query.ts';
import { type CubeSource, factsOf, limitOf, orderTerm, type PreparedQuery } from './query-source.ts';
import { findColumn, type ResolvedColumn, resolveColumns, unknownRef } from './resolve-ref.ts';

/** All attributes, then all measures: what a query without `fields` selects. */
function everything({ model }: CubeSource): ResolvedColumn[] {
  const refs = [...Object.keys(model.dimensions), ...Object.keys(model.measures)];
  return refs.flatMap((ref) => resolveColumns(model, ref, 'fields', { measures: true }));
}

/**
 * Understands a facts query (cubes.md 5.3): fields, cut, order, page, pagesize.
 * @throws {ProblemError} 400 naming the parameter.
 */
export function prepareFacts(source: CubeSource, query: QueryParameters): PreparedQuery {
  const { model } = source;
  const named = refList(query, 'fields', ',').flatMap((ref) =>
    resolveColumns(model, ref, 'fields', { measures: true }),
  );
  const selected = [
    ...new Map((named.length > 0 ? named : everything(source)).map((field) => [field.ref, field])).values(),
  ];
  const cutText = parameter(query, 'cut');
  const cut = compileCut(model, cutText);
  const given = orderList(query).map(({ ref, direction }) => ({
    ref,
    direction,
    column: (findColumn(model, ref) ?? unknownRef('order', ref)).column,
  }));
  const order =
    given.length > 0
      ? given
      : selected.map(({ ref, column }) => ({ ref, column, direction: 'asc' as const }));
  const page = pageOf(query);
  const facts = factsOf(source, cut);
  const list = selected.map(({ column, type }) => textOf(identifier(column), type));
  // Rows that are equal in the order's columns keep the order of the file, so that pages never overlap.
  const sorting = [...order.map(({ column, direction }) => orderTerm(identifier(column), direction)), '_id'];
  const statement = `SELECT ${list.join(', ')} FROM ${facts} ORDER BY ${sorting.join(', ')} ${limitOf(page)}`;

  return async (session) => {
    const [total = []] = await session.rows(`SELECT count(*) FROM ${facts}`, cut.parameters);
    const found = page.pageSize === 0 ? [] : await session.rows(statement, cut.parameters);
    const rows = found.map((row) =>
      Object.fromEntries(selected.map(({ ref, type }, index) => [ref, jsonCell(row[index], type)])),
    );
    const refs = selected.map(({ ref }) => ref);
    return {
      refs,
      rows,
      body: {
        total_fact_count: Number(total[0]),
        data: rows,
        cell: cutText ?? null,
        fields: refs,
        order: order.map(({ ref, direction }) => [ref, direction]),
        page: page.page,
        page_size: page.pageSize,
      },
    };
  };
}
