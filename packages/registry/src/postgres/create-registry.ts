import type { Registry } from '../registry.ts';
import { createAttempts } from './attempts.ts';
import { connect, type RegistryOptions } from './client.ts';
import { createLoadQueue } from './load-queue.ts';
import { createLoads } from './loads.ts';
import { createPackages } from './packages.ts';
import { createPublish } from './publish.ts';

/** The registry in PostgreSQL. Connects on first use; a database that comes back is used again. */
export function createRegistry(options: RegistryOptions): Registry {
  const database = connect(options);
  return {
    ...createLoads(database),
    ...createLoadQueue(database),
    ...createAttempts(database),
    ...createPackages(database),
    publish: createPublish(database),
    check: async () => {
      await database.$queryRaw`SELECT 1`;
    },
    close: () => database.$disconnect(),
  };
}
