import { migratePlatform } from '@flyloft/local';
import { createRegistry, type PackageSearch, type Registry } from '@flyloft/registry';
import { Client } from 'pg';
import type { CaseResult } from '../harness/report.ts';
import { median, secondsOf } from '../harness/statistics.ts';
import { temporaryPostgres } from '../harness/temporary.ts';

const PACKAGES = Number(process.env.BENCH_PACKAGES ?? 100_000);
const ROUNDS = 15;
const SIZE = 100;

/** Descriptors of some 1.5 kB: words that all have, that one in ten has, and that one has. */
const SEED = `
  WITH load AS (
    INSERT INTO registry.loads (id, address, datapackage, requested_by, status, finished_at)
    VALUES (gen_random_uuid(), 'x', 'x', 'bench', 'done', now()) RETURNING id
  )
  INSERT INTO registry.packages (id, owner, name, descriptor, model, origin_url, author, private, loaded,
    loading_status, last_update, count_of_rows, current_load_id)
  SELECT format('owner%s:package-%s', n % 500, n), format('owner%s', n % 500), format('package-%s', n),
    jsonb_build_object('name', format('package-%s', n),
      'title', format('Budget of town %s, %s', n, (ARRAY['roads', 'schools', 'water', 'parks', 'police'])[n % 5 + 1]),
      'description', format('Executed spending of the year %s by function and supplier, edition %s', 2000 + n % 20, n % 10),
      'author', format('Author %s <author%s@not.shown>', n % 1000, n % 1000),
      'countryCode', (ARRAY['MD', 'RO', 'DE', 'FR', 'BR', 'MX', 'JP', 'KE'])[n % 8 + 1], 'year', 2000 + n % 20,
      'resources', jsonb_build_array(jsonb_build_object('name', 'spending', 'path', 'data/spending.csv',
        'schema', jsonb_build_object('fields', (SELECT jsonb_agg(jsonb_build_object('name', format('column %s', c),
          'type', 'string')) FROM generate_series(1, 15) AS c))))),
    '{"measures": {}}'::jsonb, format('https://files.example/owner%s/package-%s/datapackage.json', n % 500, n),
    format('Author %s', n % 1000), n % 10 = 0, n % 50 <> 0, 'done', now() - make_interval(secs => n), n % 5000, load.id
  FROM generate_series(1, ${PACKAGES}) AS n, load`;

const filter = (path: string, ...values: (string | number | boolean)[]) => ({ path, values });

/** Each the worst of its kind that could be thought of, and the plain ones besides. */
const SEARCHES: Readonly<Record<string, Partial<PackageSearch>>> = {
  'everything that is public': {},
  'everything, as an owner': { viewer: 'owner7' },
  'the last page of everything': { from: PACKAGES * 0.85 },
  "one owner's": { filters: [filter('package.owner', 'owner7')], viewer: 'owner7' },
  'a word that all have': { text: 'budget' },
  'a word that one in five has': { text: 'roads' },
  'a word that one has': { text: `${PACKAGES - 3}` },
  'a word that none has': { text: 'zebra' },
  'a rare word beside common ones': { text: `budget of town ${PACKAGES - 3}` },
  'eight common words': { text: 'budget of town roads schools water parks police' },
  'a filter by word that all match': { filters: [filter('package.title', 'budget')] },
  'a filter by country': { filters: [filter('package.countryCode', 'MD')] },
  'a country, a year and a word': {
    text: 'roads',
    filters: [filter('package.countryCode', 'MD', 'RO'), filter('package.year', 2004)],
  },
  'a nested field that all have': { filters: [filter('package.resources.name', 'spending')] },
  'what is not loaded': { filters: [filter('loaded', false)], viewer: 'owner0' },
};

async function seed(url: string, registry: Registry): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(SEED);
    const seconds = await secondsOf(() => registry.indexPackages());
    await client.query('VACUUM ANALYZE registry.packages');
    await client.query('VACUUM ANALYZE registry.package_search');
    await client.query('VACUUM ANALYZE registry.package_terms');
    return seconds;
  } finally {
    await client.end();
  }
}

/** Any search over 100,000 packages: at most 50 ms (packages.md A4). */
export async function packagesSearch(): Promise<CaseResult> {
  const postgres = await temporaryPostgres();
  await migratePlatform(postgres.url);
  const registry = createRegistry({ connectionString: postgres.url });
  const facts: Record<string, number | string> = { packages: PACKAGES };
  facts['written and indexed for search, per second'] = Math.round(
    PACKAGES / (await seed(postgres.url, registry)),
  );
  const slowest: number[] = [];
  for (const [name, query] of Object.entries(SEARCHES)) {
    const search = { filters: [], from: 0, size: SIZE, ...query };
    const milliseconds: number[] = [];
    let total = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const seconds = await secondsOf(async () => {
        total = (await registry.search(search)).total;
      });
      milliseconds.push(seconds * 1000);
    }
    const middle = Number(median(milliseconds).toFixed(1));
    slowest.push(middle);
    facts[`${name}, ms`] = `${middle} (${total} match)`;
  }
  facts['the slowest, ms (target ≤ 50)'] = Math.max(...slowest);
  const statistics = await secondsOf(() => registry.stats());
  facts['statistics over all, ms'] = Number((statistics * 1000).toFixed(1));
  await registry.close();
  return { case: 'packages-search', comparisons: [], facts };
}
