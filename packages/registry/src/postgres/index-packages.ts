import type { PrismaClient } from '../generated/prisma/client.ts';
import type { JsonObject, RegisteredPackage } from '../packages/published-package.ts';
import { searchVector } from '../packages/search-terms.ts';
import type { Registry } from '../registry.ts';
import type { Database } from './client.ts';
import { toPackage } from './rows.ts';

const BATCH = 200;

/** A text, or a list of them. */
function countryCodes({ countryCode }: JsonObject): string[] {
  const codes: unknown[] = Array.isArray(countryCode) ? countryCode : [countryCode];
  return [...new Set(codes.filter((code) => typeof code === 'string'))];
}

/** Writes what a search finds the package by. Part of the transaction that changed its descriptor. */
export async function indexPackage(database: Database, packageId: string): Promise<RegisteredPackage> {
  const registered = toPackage(await database.package.findUniqueOrThrow({ where: { id: packageId } }));
  const { id, owner, name, originUrl, descriptor, version } = registered;
  const terms = searchVector({ id, owner, dataset: name, originUrl, descriptor });
  await database.$executeRaw`
    UPDATE registry.package_search
    SET terms = ${terms}::tsvector, country_codes = ${countryCodes(descriptor)}::text[], terms_version = ${version}
    WHERE package_id = ${id}`;
  return registered;
}

/** Finds the packages without terms and writes them. */
export function createIndexPackages(database: PrismaClient): Registry['indexPackages'] {
  const indexSome = () =>
    database.$transaction(async (transaction) => {
      const rows = await transaction.$queryRaw<{ package_id: string }[]>`
        SELECT package_id FROM registry.package_search WHERE terms_version < 0
        LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;
      for (const { package_id } of rows) await indexPackage(transaction, package_id);
      return rows.length;
    });
  return async () => {
    let indexed = 0;
    for (let some = await indexSome(); some > 0; some = await indexSome()) indexed += some;
    return indexed;
  };
}
