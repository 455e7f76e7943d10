import type { Registry } from '@flyloft/registry';
import type { Logger } from 'pino';

export interface Housekeeping {
  stop(): Promise<void>;
}

const HOUR_SECONDS = 3_600;

/** Once at the start and then every hour: makes old packages findable, forgets what was kept for a day. */
export function startHousekeeping(
  registry: Pick<Registry, 'indexPackages' | 'forgetExpired'>,
  logger: Logger,
): Housekeeping {
  const keepHouse = async () => {
    try {
      const indexed = await registry.indexPackages();
      if (indexed > 0) logger.info({ indexed }, 'packages made findable');
      await registry.forgetExpired();
    } catch (err) {
      logger.warn({ err }, 'housekeeping failed; the next hour tries again');
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
