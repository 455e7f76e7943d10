import type { PoolClient } from 'pg';
import { type NumberValue, readSum } from '../numbers/number-value.ts';
import type { RecordValue } from '../records/record.ts';
import type { AggregateQuery, Group, Tally, Totals } from '../store/store.ts';
import { identityOf } from '../values/value.ts';
import { keySql, periodSql } from './expressions.ts';
import { createParameters, type SqlParameters } from './parameters.ts';
import type { Table } from './table.ts';
import { whereSql } from './where.ts';

/** Columns are named by position: g0… group keys, start, t0_… totals, value. */
type GroupRow = Record<string, unknown> & { readonly count: string; readonly start?: Date | null };

interface Grouping {
  readonly selected: readonly string[];
  readonly where: string;
  readonly groupBy: string;
}

function grouping(table: Table, query: AggregateQuery, parameters: SqlParameters): Grouping {
  const keys = query.groupBy.map((key) => keySql(table.layout, key).value);
  const selected = keys.map((value, index) => `${value} AS g${index}`);
  if (query.period) selected.push(`${periodSql(query.period)} AS start`);
  const where = whereSql(query, table.layout, parameters);
  return { selected, where, groupBy: selected.map((_column, index) => index + 1).join(', ') };
}

/** False: a group of records in which a key, or the timestamp, is null or missing. Leaving them out of what is read takes longer. */
function isGroup(row: GroupRow, { groupBy, period }: AggregateQuery): boolean {
  return (!period || row.start !== null) && groupBy.every((_key, index) => row[`g${index}`] !== null);
}

function groupKeys(row: GroupRow, query: AggregateQuery): RecordValue[] {
  // Columns of keys hold what records hold; null was excluded.
  return query.groupBy.map((_key, index) => row[`g${index}`] as RecordValue);
}

function identity(row: GroupRow, query: AggregateQuery): string {
  return `${row.start?.getTime()} ${groupKeys(row, query).map(identityOf).join(' ')}`;
}

function totalsOf(row: GroupRow, index: number): Totals {
  const count = Number(row[`t${index}_count`]);
  const sum = row[`t${index}_sum`];
  // numeric columns, read by the pool's type parser
  const part = (name: string) => row[`t${index}_${name}`] as NumberValue | null | undefined;
  return {
    count,
    uncountable: count - Number(row[`t${index}_numbers`]),
    sum: typeof sum === 'string' ? readSum(sum) : 0,
    min: part('min') ?? null,
    max: part('max') ?? null,
  };
}

async function readGroups(client: PoolClient, table: Table, query: AggregateQuery): Promise<GroupRow[]> {
  const parameters = createParameters();
  const { selected, where, groupBy } = grouping(table, query, parameters);
  const totals = query.totals.flatMap((key, index) => {
    const { number, present, place } = keySql(table.layout, key);
    // Where every value is a number in its column, both counts are one, which PostgreSQL counts once.
    const isPlain = place.type === 'number' && place.rest === 'none';
    return [
      `${isPlain ? `count(${number})` : `count(*) FILTER (WHERE ${present})`} AS t${index}_count`,
      `count(${number}) AS t${index}_numbers`,
      // as text: the type parser of numbers knows those of records, which have fewer digits
      `sum(${number})::text AS t${index}_sum`,
      ...(query.extremes.includes(key) ? ['min', 'max'] : []).map(
        (name) => `${name}(${number}) AS t${index}_${name}`,
      ),
    ];
  });
  const { rows } = await client.query<GroupRow>(
    `SELECT ${[...selected, 'count(*) AS count', ...totals].join(', ')} FROM ${table.name} WHERE ${where}
     ${groupBy === '' ? 'HAVING count(*) > 0' : `GROUP BY ${groupBy}`}`,
    [...parameters.values],
  );
  return rows.filter((row) => isGroup(row, query));
}

async function readTallies(
  client: PoolClient,
  table: Table,
  query: AggregateQuery,
  key: string,
): Promise<Map<string, Tally[]>> {
  const parameters = createParameters();
  const { selected, where, groupBy } = grouping(table, query, parameters);
  const { value, present } = keySql(table.layout, key);
  const position = selected.length + 1;
  const { rows } = await client.query<GroupRow & { value: RecordValue }>(
    `SELECT ${[...selected, `${value} AS value`, 'count(*) AS count'].join(', ')} FROM ${table.name}
     WHERE ${where} AND ${present} GROUP BY ${groupBy === '' ? '' : `${groupBy}, `}${position}`,
    [...parameters.values],
  );
  const tallies = new Map<string, Tally[]>();
  for (const row of rows.filter((one) => isGroup(one, query))) {
    const name = identity(row, query);
    const list = tallies.get(name) ?? [];
    tallies.set(name, list);
    list.push({ value: row.value, count: Number(row.count) });
  }
  return tallies;
}

const MONTH_MILLISECONDS = 31 * 86_400_000;

/** A period query without its range, where all records lie in it: there is nothing to look at then in each of them. */
async function withoutIdleRange(
  client: PoolClient,
  table: Table,
  query: AggregateQuery,
): Promise<AggregateQuery> {
  const { startAt, endAt, ...unbounded } = query;
  const isLong = startAt && endAt && endAt.getTime() - startAt.getTime() > MONTH_MILLISECONDS;
  if (!isLong || !query.period) return query;
  const { rows } = await client.query<{ first: Date | null; last: Date | null }>(
    `SELECT min(timestamp) AS first, max(timestamp) AS last FROM ${table.name}`,
  );
  const { first = null, last = null } = rows[0] ?? {};
  return first && last && first >= startAt && last < endAt ? unbounded : query;
}

/** Groups of a table; run in a transaction that sees one state, as it may take several statements. */
export async function aggregateRecords(
  client: PoolClient,
  table: Table,
  asked: AggregateQuery,
): Promise<Group[]> {
  const query = await withoutIdleRange(client, table, asked);
  const rows = await readGroups(client, table, query);
  const tallies = new Map<string, Map<string, Tally[]>>();
  for (const key of query.tallies) tallies.set(key, await readTallies(client, table, query, key));
  return rows.map((row) => ({
    keys: groupKeys(row, query),
    ...(row.start && { start: row.start }),
    count: Number(row.count),
    totals: new Map(query.totals.map((key, index) => [key, totalsOf(row, index)])),
    tallies: new Map(query.tallies.map((key) => [key, tallies.get(key)?.get(identity(row, query)) ?? []])),
  }));
}
