import { createMongoDataSets, createPostgresDataSets, type DataSets } from '@flyloft/data-sets';
import { ConfigurationError } from '@flyloft/service-kit';

interface Addresses {
  readonly MONGO_URL?: string | undefined;
  readonly DATABASE_URL?: string | undefined;
}

type EngineOptions = Omit<Parameters<typeof createMongoDataSets>[0], 'url'>;

/**
 * The data sets of the configured engine: MongoDB where its address is given, else PostgreSQL.
 * @throws {ConfigurationError} when neither is.
 */
export function openDataSets({ MONGO_URL, DATABASE_URL }: Addresses, options: EngineOptions = {}): DataSets {
  if (MONGO_URL !== undefined) return createMongoDataSets({ url: MONGO_URL, ...options });
  if (DATABASE_URL !== undefined) {
    return createPostgresDataSets({ connectionString: DATABASE_URL, ...options });
  }
  throw new ConfigurationError(['DATABASE_URL or MONGO_URL is missing (where the data sets are)']);
}
