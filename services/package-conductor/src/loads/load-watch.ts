import { problem } from '@flyloft/common';
import type { Load, Registry } from '@flyloft/registry';
import type { Logger } from 'pino';

/** Whoever follows a load. Both are called in turn, never at once. */
export interface LoadListener {
  /** The load as it was found at a look, changed or not. */
  readonly look: (load: Load) => void;
  /** The process stops: end what you hold open. */
  readonly stop: () => void;
}

export interface LoadWatch {
  /** @returns how to stop listening. @throws {ProblemError} 503 when too many listen already. */
  follow(loadId: string, listener: LoadListener): () => void;
  stop(): void;
}

export interface LoadWatchOptions {
  readonly registry: Pick<Registry, 'findLoads'>;
  readonly logger: Logger;
  /** Between two looks; default 0.25. */
  readonly intervalSeconds?: number;
  /** Default 1,000. */
  readonly maxListeners?: number;
  /** True once the process was asked to stop: open streams would hold it up. */
  readonly isStopping?: () => boolean;
}

/**
 * One look at the registry for all who follow loads in this process, however many they are, and none
 * while nobody does. Asking by id needs no session of its own, as LISTEN would, which a pooler in front
 * of PostgreSQL takes away.
 */
export function createLoadWatch(options: LoadWatchOptions): LoadWatch {
  const { registry, logger, intervalSeconds = 0.25, maxListeners = 1_000, isStopping } = options;
  const listeners = new Map<LoadListener, string>();
  let timer: NodeJS.Timeout | undefined;
  let failing = false;

  const stop = () => {
    clearTimeout(timer);
    for (const listener of [...listeners.keys()]) listener.stop();
    listeners.clear();
  };
  const look = async () => {
    try {
      const loads = await registry.findLoads([...new Set(listeners.values())]);
      const byId = new Map(loads.map((load) => [load.id, load]));
      for (const [listener, id] of [...listeners]) {
        const load = byId.get(id);
        if (load !== undefined && listeners.has(listener)) listener.look(load);
      }
      failing = false;
    } catch (err) {
      // Once for each outage: listeners wait, and the next look tries again.
      if (!failing) logger.warn({ err }, 'loads cannot be followed for the moment');
      failing = true;
    }
  };
  const next = (): void => {
    clearTimeout(timer);
    if (listeners.size === 0) return;
    timer = setTimeout(async () => {
      if (isStopping?.()) stop();
      else await look();
      next();
    }, intervalSeconds * 1000);
  };
  return {
    follow: (loadId, listener) => {
      if (listeners.size >= maxListeners) {
        throw problem('unavailable', 'Too many follow loads at this moment', {
          headers: { 'Retry-After': '10' },
        });
      }
      listeners.set(listener, loadId);
      if (listeners.size === 1) next();
      return () => {
        listeners.delete(listener);
      };
    },
    stop,
  };
}
