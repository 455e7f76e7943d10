import { Prisma, type PrismaClient } from '../generated/prisma/client.ts';
import type { PackageSearch, SearchFilter } from '../packages/search.ts';
import { filterTerms, quoted, textTerms } from '../packages/search-terms.ts';
import type { Registry } from '../registry.ts';
import { createIndexPackages } from './index-packages.ts';
import { toPackage } from './rows.ts';

type Search = Pick<Registry, 'search' | 'indexPackages' | 'stats'>;

/** A word that more packages than this have says nothing about relevance, and ranking by it would cost too much. */
const MAX_RANKED = 5_000;

const anyOf = (terms: readonly string[]) => `(${terms.map(quoted).join(' | ')})`;

/** Times are told in milliseconds and kept in microseconds. */
function withinMillisecond(seconds: number): Prisma.Sql {
  const from = Math.round(seconds * 1000);
  return Prisma.sql`(last_update >= ${new Date(from)} AND last_update < ${new Date(from + 1)})`;
}

/** What is not in the terms, because it changes without a new descriptor. */
const COLUMNS: Readonly<Record<string, (values: SearchFilter['values']) => Prisma.Sql>> = {
  loaded: (values) => Prisma.sql`loaded = ANY(${values.map(String)}::boolean[])`,
  'package.private': (values) => Prisma.sql`private = ANY(${values.map(String)}::boolean[])`,
  last_update: (values) => Prisma.sql`(${Prisma.join(values.map(Number).map(withinMillisecond), ' OR ')})`,
};

const ACCEPTED: Readonly<Record<string, (value: SearchFilter['values'][number]) => boolean>> = {
  loaded: (value) => /^(true|false)$/.test(String(value)),
  'package.private': (value) => /^(true|false)$/.test(String(value)),
  last_update: (value) => typeof value === 'number' && Math.abs(value) < 1e11,
};

interface Conditions {
  readonly visible: Prisma.Sql;
  readonly columns: readonly Prisma.Sql[];
  /** One tsquery of all filters that are in the terms. */
  readonly terms: readonly string[];
}

/** What is not loaded, or private, is its owner's alone: then the owner's few packages are all to look at. */
function visibleTo(viewer: string | undefined, filters: readonly SearchFilter[]): Prisma.Sql {
  if (viewer === undefined) return Prisma.sql`visible`;
  const isHidden = (path: string, shown: boolean) =>
    filters.some((filter) => filter.path === path && !filter.values.map(String).includes(String(shown)));
  return isHidden('loaded', true) || isHidden('package.private', false)
    ? Prisma.sql`owner = ${viewer}`
    : Prisma.sql`(visible OR owner = ${viewer})`;
}

/** Undefined when a filter has a value that nothing can have. */
function conditionsOf({ filters, viewer }: PackageSearch): Conditions | undefined {
  const columns: Prisma.Sql[] = [];
  const terms: string[] = [];
  for (const { path, values } of filters) {
    const column = Object.hasOwn(COLUMNS, path) ? COLUMNS[path] : undefined;
    const usable = values.filter((value) => ACCEPTED[path]?.(value) ?? true);
    const alternatives = column === undefined ? usable.flatMap((value) => filterTerms(path, value)) : usable;
    if (alternatives.length === 0) return undefined;
    if (column === undefined) terms.push(anyOf(alternatives.map(String)));
    else columns.push(column(usable));
  }
  return { visible: visibleTo(viewer, filters), columns, terms };
}

function where({ visible, columns, terms }: Conditions, text?: string): Prisma.Sql {
  const query = [...terms, ...(text === undefined ? [] : [text])].join(' & ');
  const matches = query === '' ? [] : [Prisma.sql`terms @@ ${query}::tsquery`];
  return Prisma.join([visible, ...columns, ...matches], ' AND ');
}

async function countOf(database: PrismaClient, condition: Prisma.Sql): Promise<number> {
  const [row] = await database.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM registry.package_search WHERE ${condition}`;
  return row?.count ?? 0;
}

/** Those of the terms that few packages have. */
async function selectiveTerms(database: PrismaClient, terms: readonly string[]): Promise<string[]> {
  const lexemes = terms.map(quoted);
  const rows = await database.$queryRaw<{ lexeme: string }[]>`
    SELECT lexeme FROM unnest(${lexemes}::text[]) AS given (lexeme)
    WHERE (SELECT count(*) FROM (
      SELECT FROM registry.package_search WHERE terms @@ lexeme::tsquery LIMIT ${MAX_RANKED + 1}
    ) AS few) <= ${MAX_RANKED}`;
  return rows.map(({ lexeme }) => lexeme);
}

const NEWEST_FIRST = Prisma.sql`last_update DESC, package_id`;

/** The statement for one page of ids, in their order. */
async function pageOf(
  database: PrismaClient,
  conditions: Conditions,
  terms: readonly string[],
  total: number,
  { from, size }: PackageSearch,
): Promise<Prisma.Sql> {
  const limit = Prisma.sql`LIMIT ${size} OFFSET ${from}`;
  const newest = (condition: Prisma.Sql) =>
    Prisma.sql`SELECT package_id FROM registry.package_search WHERE ${condition} ORDER BY ${NEWEST_FIRST} ${limit}`;
  if (terms.length === 0) return newest(where(conditions));
  const any = anyOf(terms);
  const rank = Prisma.sql`ts_rank(terms, ${any}::tsquery)`;
  if (total <= MAX_RANKED) {
    return Prisma.sql`SELECT package_id FROM registry.package_search WHERE ${where(conditions, any)}
      ORDER BY ${rank} DESC, ${NEWEST_FIRST} ${limit}`;
  }
  const selective = await selectiveTerms(database, terms);
  if (selective.length === 0) return newest(where(conditions, any));
  // First what has a rare word, by rank; then the others, which have common words alone, the newest first.
  const rare = `(${selective.join(' | ')})`;
  return Prisma.sql`
    WITH ranked AS MATERIALIZED (
      SELECT package_id, last_update, ${rank} AS rank FROM registry.package_search
      WHERE ${where(conditions, rare)}
    ), rest AS (
      SELECT package_id, last_update, -1::real AS rank FROM registry.package_search
      WHERE ${where(conditions, any)} AND package_id NOT IN (SELECT package_id FROM ranked)
      ORDER BY ${NEWEST_FIRST} LIMIT ${from + size}
    )
    SELECT package_id FROM (SELECT * FROM ranked UNION ALL SELECT * FROM rest) AS found
    ORDER BY rank DESC, ${NEWEST_FIRST} ${limit}`;
}

/** Search over packages (packages.md A4, 4): terms in a GIN index, beside narrow rows. */
export function createSearch(database: PrismaClient): Search {
  return {
    search: async (query) => {
      const conditions = conditionsOf(query);
      const terms = query.text === undefined ? [] : textTerms(query.text);
      if (conditions === undefined) return { packages: [], total: 0 };
      const total = await countOf(database, where(conditions, terms.length === 0 ? undefined : anyOf(terms)));
      if (total <= query.from || query.size === 0) return { packages: [], total };
      const statement = await pageOf(database, conditions, terms, total, query);
      const rows = await database.$queryRaw<{ package_id: string }[]>(statement);
      const ids = rows.map(({ package_id }) => package_id);
      const found = await database.package.findMany({ where: { id: { in: ids } } });
      const byId = new Map(found.map((row) => [row.id, row]));
      return { packages: ids.flatMap((id) => byId.get(id) ?? []).map(toPackage), total };
    },
    indexPackages: createIndexPackages(database),
    stats: async () => {
      const [row] = await database.$queryRaw<{ packages: number; rows: bigint; countries: number }[]>`
        SELECT count(*)::int AS packages, COALESCE(sum(count_of_rows), 0)::bigint AS rows,
          (SELECT count(DISTINCT code)::int FROM registry.package_search, unnest(country_codes) AS code) AS countries
        FROM registry.package_search`;
      return { packages: row?.packages ?? 0, rows: Number(row?.rows ?? 0), countries: row?.countries ?? 0 };
    },
  };
}
