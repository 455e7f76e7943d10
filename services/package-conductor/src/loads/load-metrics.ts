import type { Registry } from '@flyloft/registry';
import type { ServiceMetrics } from '@flyloft/service-kit';
import { Gauge } from 'prom-client';

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
