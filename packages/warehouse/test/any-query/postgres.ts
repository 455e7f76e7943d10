import type { Client } from 'pg';
import { type Data, FACT_COLUMNS, PLACE_COLUMNS, rowsSql } from './cube.ts';
import type { Aggregate, Cut, Question, Reference } from './question.ts';

/** The same questions in SQL written by hand, for a second opinion. */

export async function fill(client: Client, { facts, places }: Data): Promise<void> {
  await client.query('DROP TABLE IF EXISTS facts; DROP TABLE IF EXISTS places');
  await client.query(`CREATE TABLE facts AS ${rowsSql(FACT_COLUMNS, facts)}`);
  await client.query(`CREATE TABLE places AS ${rowsSql(PLACE_COLUMNS, places)}`);
}

const nameOf = ({ table, name }: Reference) => `${table}."${name}"`;
/** Digits enough that a division is not rounded twice. */
const PRECISE = 'numeric(120, 60)';

function aggregateSql({ measure, function: name }: Aggregate): string {
  if (measure === undefined) return 'count(*)';
  const column = nameOf(measure);
  const digits = (measure.kind === 'decimal' ? measure.scale : 0) + 6;
  if (name === 'avg') return `round(sum(${column})::${PRECISE} / count(${column}), ${digits})`;
  return `${name}(${column})`;
}

function conditionSql({ column, condition }: Cut): string {
  const name = nameOf(column);
  const cast = { text: 'text', integer: 'numeric', decimal: 'numeric', date: 'date', boolean: 'boolean' }[
    column.kind
  ];
  const value = (text: string) =>
    `'${text.replaceAll("'", "''")}'::${cast}${cast === 'text' ? ' COLLATE "C"' : ''}`;
  if (condition.kind === 'null') return `${name} IS NULL`;
  if (condition.kind === 'range') {
    const { low, high } = condition;
    return [
      ...(low === undefined ? [] : [`${name} >= ${value(low)}`]),
      ...(high === undefined ? [] : [`${name} <= ${value(high)}`]),
    ].join(' AND ');
  }
  if (condition.kind === 'in') return `${name} IN (${condition.values.map(value).join(', ')})`;
  return condition.values.map((text) => `${name} IS DISTINCT FROM ${value(text)}`).join(' AND ');
}

function fromSql(columns: readonly Reference[]): string {
  const joins = [...new Set(columns.map(({ table }) => table))].filter((table) => table !== 'facts');
  return ['facts', ...joins.map((table) => `JOIN places AS ${table} ON ${table}.code = facts.${table}`)].join(
    ' ',
  );
}

const collated = (column: Reference) => `${nameOf(column)}${column.kind === 'text' ? ' COLLATE "C"' : ''}`;

/** The texts of a page's cells, keys first, and of the summary. */
export async function answerOf(client: Client, question: Question) {
  const { drilldown, aggregates, cuts, order, page, pageSize } = question;
  const where = cuts.length === 0 ? 'true' : cuts.map(conditionSql).join(' AND ');
  const cutColumns = cuts.map(({ column }) => column);
  const values = aggregates.map((aggregate, index) => `${aggregateSql(aggregate)} AS a${index}`);
  const keys = drilldown.map((column, index) => `${collated(column)} AS k${index}`);
  const names = new Map([
    ...drilldown.map(({ ref }, index) => [ref, `k${index}`] as const),
    ...aggregates.map(({ ref }, index) => [ref, `a${index}`] as const),
  ]);
  const sorting = [...order, ...drilldown.map(({ ref }) => ({ ref, direction: 'asc' as const }))].map(
    ({ ref, direction }) => `${names.get(ref)} ${direction} NULLS LAST`,
  );
  const texts = [...drilldown.map((_, index) => `k${index}`), ...aggregates.map((_, index) => `a${index}`)];
  // Named otherwise, or the order would be that of the texts.
  const columns = texts.map((name) => `${name}::text AS text_${name}`);
  const rowsOf = async (sql: string) =>
    (await client.query<(string | null)[]>({ text: sql, rowMode: 'array' })).rows;
  const groups = `SELECT ${[...keys, ...values].join(', ')} FROM ${fromSql([...drilldown, ...cutColumns])} WHERE ${where}
    ${keys.length === 0 ? '' : `GROUP BY ${drilldown.map(collated).join(', ')}`}`;
  const cells = await rowsOf(
    `SELECT ${columns.join(', ')} FROM (${groups}) AS groups ${sorting.length === 0 ? '' : `ORDER BY ${sorting.join(', ')}`}
     LIMIT ${pageSize} OFFSET ${(page - 1) * pageSize}`,
  );
  const [summary] = await rowsOf(
    `SELECT ${aggregates.map((_, index) => `a${index}::text`).join(', ')} FROM (SELECT ${values.join(', ')}
     FROM ${fromSql(cutColumns)} WHERE ${where}) AS everything`,
  );
  return { cells, summary };
}
