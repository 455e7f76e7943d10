import type { Registry } from '@flyloft/registry';
import type { ServiceMetrics } from '@flyloft/service-kit';
import { Gauge } from 'prom-client';

/** How many loads wait and for how long: what rises when jobs wait and no worker takes them. */
export function addLoadMetrics(metrics: ServiceMetrics, registry: Pick<Registry, 'waitingLoads'>): void {
  const oldest = new Gauge({
    name: 'loads_waiting_oldest_seconds',
    help: 'How long the oldest load that waits for a worker has waited; 0 when none does',
    registers: [metrics.registry],
  });
  new Gauge({
    name: 'loads_waiting',
    help: 'Loads that wait for a worker',
    registers: [metrics.registry],
    async collect() {
      // A scrape must not fail with the database: the gauges keep their last values.
      const waiting = await registry.waitingLoads().catch(() => undefined);
      if (waiting === undefined) return;
      this.set(waiting.count);
      oldest.set(waiting.oldestSeconds);
    },
  });
}
