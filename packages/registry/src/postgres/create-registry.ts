import type { Registry } from '../registry.ts';
import { createAttempts } from './attempts.ts';
import { connect, type RegistryOptions } from './client.ts';
import { createComments } from './comments.ts';
import { createEndLoads } from './end-loads.ts';
import { createHooks } from './hooks.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createLoadQueue } from './load-queue.ts';
import { createLoads } from './loads.ts';
import { createModeration } from './moderation.ts';
import { createPackages } from './packages.ts';
import { createPublish } from './publish.ts';
import { createQuota } from './quota.ts';
import { createPackageReader } from './read-package.ts';
import { createSearch } from './search.ts';

/** The registry in PostgreSQL. Connects on first use; a database that comes back is used again. */
export function createRegistry(options: RegistryOptions): Registry {
  const database = connect(options);
  const reader = createPackageReader(options);
  let closed: Promise<void> | undefined;
  return {
    ...createLoads(database),
    ...createEndLoads(database),
    ...createLoadQueue(database),
    ...createAttempts(database),
    ...createPackages(database, reader),
    ...createSearch(database),
    ...createComments(database),
    ...createModeration(database),
    ...createHooks(database),
    ...createHousekeeping(database),
    publish: createPublish(database),
    reserveUploads: createQuota(database),
    check: async () => {
      await database.$queryRaw`SELECT 1`;
    },
    // A pool may be ended once only, and a service that shares its registry may close it twice.
    close: () => {
      closed ??= Promise.all([database.$disconnect(), reader.close()]).then(() => undefined);
      return closed;
    },
  };
}
