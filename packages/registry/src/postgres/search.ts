import { Prisma, type PrismaClient } from '../generated/prisma/client.ts';
import type { RegisteredPackage } from '../packages/published-package.ts';
import type { PackageSearch, SearchFilter } from '../packages/search.ts';
import { filterTerms, quoted, termHash, textTerms } from '../packages/search-terms.ts';
import type { Registry } from '../registry.ts';
import { createIndexPackages } from './index-packages.ts';
import { toPackage } from './rows.ts';

type Search = Pick<Registry, 'search' | 'indexPackages' | 'stats'>;

/** A word that more packages than this have says nothing about relevance, and ranking by it would cost too much. */
const MAX_RANKED = 2_000;

/** About how many of a word's packages are looked at to find out that they are more; the index only estimates it. */
const THINNED_TO = 10 * MAX_RANKED;

/** Packages that have any of the terms. */
const anyOf = (terms: readonly string[]) => Prisma.sql`term_hashes && ${terms.map(termHash)}::bigint[]`;

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
  /** Of what is in the result, no package in two of them: each is found by an index of its own. */
  readonly visible: readonly Prisma.Sql[];
  readonly filters: readonly Prisma.Sql[];
}

/** What is not loaded, or private, is its owner's alone: then the owner's few packages are all to look at. */
function visibleTo(viewer: string | undefined, filters: readonly SearchFilter[]): Prisma.Sql[] {
  if (viewer === undefined) return [Prisma.sql`visible`];
  const isHidden = (path: string, shown: boolean) =>
    filters.some((filter) => filter.path === path && !filter.values.map(String).includes(String(shown)));
  return isHidden('loaded', true) || isHidden('package.private', false)
    ? [Prisma.sql`owner = ${viewer}`]
    : [Prisma.sql`visible`, Prisma.sql`(owner = ${viewer} AND NOT visible)`];
}

/** Undefined when a filter has a value that nothing can have. */
function conditionsOf({ filters, viewer }: PackageSearch): Conditions | undefined {
  const conditions: Prisma.Sql[] = [];
  for (const { path, values } of filters) {
    const column = Object.hasOwn(COLUMNS, path) ? COLUMNS[path] : undefined;
    const usable = values.filter((value) => ACCEPTED[path]?.(value) ?? true);
    const terms = column === undefined ? usable.flatMap((value) => filterTerms(path, value)) : [];
    if (usable.length === 0 || (column === undefined && terms.length === 0)) return undefined;
    conditions.push(column === undefined ? anyOf(terms) : column(usable));
  }
  return { visible: visibleTo(viewer, filters), filters: conditions };
}

const all = (conditions: readonly Prisma.Sql[]) => Prisma.join([...conditions], ' AND ');

function where({ visible, filters }: Conditions, terms: readonly string[] = []): Prisma.Sql {
  const matches = terms.length === 0 ? [] : [anyOf(terms)];
  return all([Prisma.sql`(${Prisma.join([...visible], ' OR ')})`, ...filters, ...matches]);
}

/**
 * How many match; by indexes even where most do, which the planner would not choose and which takes half the
 * time of looking at every row (100,000: 21 ms instead of 48 to 70).
 */
async function countOf(
  database: PrismaClient,
  { visible, filters }: Conditions,
  terms: readonly string[],
): Promise<number> {
  const counts = visible.map(
    (part) =>
      Prisma.sql`(SELECT count(*)::int FROM registry.package_search WHERE ${where({ visible: [part], filters }, terms)})`,
  );
  const [, rows] = await database.$transaction([
    database.$executeRaw`SELECT set_config('enable_seqscan', 'off', true)`,
    database.$queryRaw<{ count: number }[]>`SELECT ${Prisma.join(counts, ' + ')} AS count`,
  ]);
  return rows[0]?.count ?? 0;
}

/**
 * Those of the terms that few packages have, of those that everybody sees; asked of the index of terms, which thins out its
 * answer for a term that many have. The planner would rather look at every tenth row until it has seen enough of them (eight words
 * that one in five packages has, of 100,000: 44 ms instead of 12).
 */
async function selectiveTerms(database: PrismaClient, terms: readonly string[]): Promise<string[]> {
  const given = terms.map(
    (term) => Prisma.sql`(${term}, ${fewHave(Prisma.sql`visible AND ${anyOf([term])}`)})`,
  );
  const [, rows] = await database.$transaction([
    database.$executeRaw`SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true),
      set_config('gin_fuzzy_search_limit', ${String(THINNED_TO)}, true)`,
    database.$queryRaw<{ term: string }[]>`
      SELECT term FROM (VALUES ${Prisma.join(given)}) AS given (term, is_selective) WHERE is_selective`,
  ]);
  return rows.map(({ term }) => term);
}

/** SQL of whether ranking those that match is worth its time. */
function fewHave(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT count(*) <= ${MAX_RANKED} FROM (
    SELECT FROM registry.package_search WHERE ${condition} LIMIT ${MAX_RANKED + 1}) AS few)`;
}

async function areFew(database: PrismaClient, condition: Prisma.Sql): Promise<boolean> {
  const [row] = await database.$queryRaw<{ few: boolean }[]>`SELECT ${fewHave(condition)} AS few`;
  return row?.few === true;
}

const NEWEST_FIRST = Prisma.sql`last_update DESC, package_id`;

/** The statement for one page of ids, in their order. */
async function pageOf(
  database: PrismaClient,
  conditions: Conditions,
  terms: readonly string[],
  { from, size }: PackageSearch,
): Promise<Prisma.Sql> {
  const limit = Prisma.sql`LIMIT ${size} OFFSET ${from}`;
  const matching = where(conditions, terms);
  const newest = Prisma.sql`
    SELECT package_id FROM registry.package_search WHERE ${matching} ORDER BY ${NEWEST_FIRST} ${limit}`;
  if (terms.length === 0) return newest;
  const query = terms.map(quoted).join(' | ');
  const rank = Prisma.sql`ts_rank((SELECT terms FROM registry.package_terms
    WHERE package_terms.package_id = package_search.package_id), ${query}::tsquery)`;
  if (await areFew(database, matching)) {
    return Prisma.sql`SELECT package_id FROM registry.package_search WHERE ${matching}
      ORDER BY ${rank} DESC, ${NEWEST_FIRST} ${limit}`;
  }
  // Of a single word it is known by now that many have it.
  const selective = terms.length === 1 ? [] : await selectiveTerms(database, terms);
  if (selective.length === 0) return newest;
  // First what has a rare word, by rank; then the others, which have common words alone, the newest first.
  return Prisma.sql`
    WITH ranked AS MATERIALIZED (
      SELECT package_id, last_update, ${rank} AS rank FROM registry.package_search
      WHERE ${where(conditions, selective)}
    ), rest AS (
      SELECT package_id, last_update, -1::real AS rank FROM registry.package_search
      WHERE ${matching} AND package_id NOT IN (SELECT package_id FROM ranked)
      ORDER BY ${NEWEST_FIRST} LIMIT ${from + size}
    )
    SELECT package_id FROM (SELECT * FROM ranked UNION ALL SELECT * FROM rest) AS found
    ORDER BY rank DESC, ${NEWEST_FIRST} ${limit}`;
}

async function packagesOf(
  database: PrismaClient,
  conditions: Conditions,
  terms: readonly string[],
  query: PackageSearch,
): Promise<RegisteredPackage[]> {
  if (query.size === 0) return [];
  const statement = await pageOf(database, conditions, terms, query);
  const rows = await database.$queryRaw<{ package_id: string }[]>(statement);
  const ids = rows.map(({ package_id }) => package_id);
  const found = await database.package.findMany({ where: { id: { in: ids } } });
  const byId = new Map(found.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []).map(toPackage);
}

/** Search over packages (packages.md A4, 4): hashes of terms in a GIN index, on narrow rows. */
export function createSearch(database: PrismaClient): Search {
  return {
    search: async (query) => {
      const conditions = conditionsOf(query);
      const terms = query.text === undefined ? [] : textTerms(query.text);
      if (conditions === undefined) return { packages: [], total: 0 };
      const [total, packages] = await Promise.all([
        countOf(database, conditions, terms),
        packagesOf(database, conditions, terms, query),
      ]);
      return { packages, total };
    },
    indexPackages: createIndexPackages(database),
    stats: async () => {
      const [row] = await database.$queryRaw<{ packages: number; rows: bigint; countries: number }[]>`
        WITH totals AS MATERIALIZED (
          SELECT country_codes, count(*) AS packages, sum(count_of_rows) AS rows
          FROM registry.package_search GROUP BY country_codes
        )
        SELECT COALESCE(sum(packages), 0)::int AS packages, COALESCE(sum(rows), 0)::bigint AS rows,
          (SELECT count(DISTINCT code)::int FROM totals, unnest(country_codes) AS code) AS countries
        FROM totals`;
      return { packages: row?.packages ?? 0, rows: Number(row?.rows ?? 0), countries: row?.countries ?? 0 };
    },
  };
}
