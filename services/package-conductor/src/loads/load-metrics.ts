import type { Registry } from '@flyloft/registry';
import type { HealthCheck, ServiceMetrics } from '@flyloft/service-kit';
import { Gauge } from 'prom-client';

const PATIENCE_SECONDS = 30;

/**
 * For `/readyz`: degraded while loads wait and no worker takes any (packages.md A2). The conductor does its
 * own work without workers, so it stays ready.
 */
export function workersCheck(registry: Pick<Registry, 'waitingLoads'>): HealthCheck {
  return {
    name: 'workers',
    optional: true,
    check: async () => {
      const { oldestSeconds, atWork } = await registry.waitingLoads();
      if (oldestSeconds > PATIENCE_SECONDS && atWork === 0)
        throw new Error('no worker takes the waiting loads');
    },
  };
}

/** How many loads wait and for how long: what rises when jobs wait and no worker takes them. */
export function addLoadMetrics(metrics: ServiceMetrics, registry: Pick<Registry, 'waitingLoads'>): void {
  const addGauge = (name: string, help: string, value: 'count' | 'oldestSeconds') =>
    new Gauge({
      name,
      help,
      registers: [metrics.registry],
      async collect() {
        // A scrape must not fail with the database: the gauge keeps its last value.
        const waiting = await registry.waitingLoads().catch(() => undefined);
        if (waiting !== undefined) this.set(waiting[value]);
      },
    });
  addGauge('loads_waiting', 'Loads that wait for a worker', 'count');
  addGauge('loads_waiting_oldest_seconds', 'How long the oldest waiting load has waited', 'oldestSeconds');
}
