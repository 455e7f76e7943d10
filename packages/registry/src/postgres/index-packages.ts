import type { PrismaClient } from '../generated/prisma/client.ts';
import type { JsonObject, RegisteredPackage } from '../packages/published-package.ts';
import { searchTerms } from '../packages/search-terms.ts';
import type { Registry } from '../registry.ts';
import type { Database } from './client.ts';
import { toPackage } from './rows.ts';

const BATCH = 500;

/** A text, or a list of them. */
function countryCodes({ countryCode }: JsonObject): string[] {
  const codes: unknown[] = Array.isArray(countryCode) ? countryCode : [countryCode];
  return [...new Set(codes.filter((code) => typeof code === 'string'))];
}

function termsOf({ id, owner, name, originUrl, descriptor, version }: RegisteredPackage) {
  const { hashes, vector } = searchTerms({ id, owner, dataset: name, originUrl, descriptor });
  return { package_id: id, hashes, terms: vector, country_codes: countryCodes(descriptor), version };
}

async function writeTerms(database: Database, packages: readonly RegisteredPackage[]): Promise<void> {
  const rows = JSON.stringify(packages.map(termsOf));
  await database.$executeRaw`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${rows}::jsonb)
        AS given (package_id text, hashes bigint[], terms text, country_codes text[], version integer)
    ), indexed AS (
      UPDATE registry.package_search AS search
      SET term_hashes = given.hashes, country_codes = given.country_codes, terms_version = given.version
      FROM given WHERE search.package_id = given.package_id
      RETURNING given.package_id, given.terms
    )
    INSERT INTO registry.package_terms (package_id, terms) SELECT package_id, terms::tsvector FROM indexed
    ON CONFLICT (package_id) DO UPDATE SET terms = excluded.terms`;
}

/** Writes what a search finds the package by. Part of the transaction that changed its descriptor. */
export async function indexPackage(database: Database, packageId: string): Promise<RegisteredPackage> {
  const registered = toPackage(await database.package.findUniqueOrThrow({ where: { id: packageId } }));
  await writeTerms(database, [registered]);
  return registered;
}

/** Finds the packages without terms and writes them. */
export function createIndexPackages(database: PrismaClient): Registry['indexPackages'] {
  const indexSome = () =>
    database.$transaction(
      async (transaction) => {
        const rows = await transaction.$queryRaw<{ package_id: string }[]>`
          SELECT package_id FROM registry.package_search WHERE terms_version < 0
          LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;
        const ids = rows.map(({ package_id }) => package_id);
        if (ids.length === 0) return 0;
        const found = await transaction.package.findMany({ where: { id: { in: ids } } });
        await writeTerms(transaction, found.map(toPackage));
        return found.length;
      },
      { timeout: 60_000 },
    );
  return async () => {
    let indexed = 0;
    for (let some = await indexSome(); some > 0; some = await indexSome()) indexed += some;
    return indexed;
  };
}
