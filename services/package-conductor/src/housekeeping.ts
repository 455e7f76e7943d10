import type { ObjectStore } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';
import type { Logger } from 'pino';

export interface Housekeeping {
  stop(): Promise<void>;
}

export interface HousekeepingOptions {
  readonly registry: Pick<Registry, 'indexPackages' | 'forgetExpired'>;
  readonly store: Pick<ObjectStore, 'removeLeftovers'>;
  readonly logger: Logger;
}

const HOUR_SECONDS = 3_600;
// What was begun a day ago and has not ended never will: no signed address lives longer.
const LEFTOVER_SECONDS = 24 * HOUR_SECONDS;

/**
 * Once at the start and then every hour: makes old packages findable, forgets what was kept for a day, and
 * removes uploads that were cut off.
 */
export function startHousekeeping({ registry, store, logger }: HousekeepingOptions): Housekeeping {
  const chores = [
    async () => {
      const indexed = await registry.indexPackages();
      if (indexed > 0) logger.info({ indexed }, 'packages made findable');
    },
    registry.forgetExpired,
    () => store.removeLeftovers({ olderThanSeconds: LEFTOVER_SECONDS }),
  ];
  const keepHouse = async () => {
    for (const chore of chores) {
      // One engine that is away keeps no other chore from being done.
      await chore().catch((err: unknown) =>
        logger.warn({ err }, 'housekeeping failed; the next hour tries again'),
      );
    }
  };
  let running = keepHouse();
  const timer = setInterval(() => {
    running = running.then(keepHouse);
  }, HOUR_SECONDS * 1000);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
