import type { ServiceMetrics } from '@flyloft/service-kit';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { LoadOutcome } from './loads/run-load.ts';

const LOAD_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800];

/** What an operator watches: jobs that wait, loads by how they ended, and how long they took. */
export function loadMetrics({ registry }: ServiceMetrics, waiting: () => Promise<number>) {
  new Gauge({
    name: 'flyloft_jobs_waiting',
    help: 'Load jobs that no worker has taken yet',
    registers: [registry],
    collect: async function collect() {
      // A queue that does not answer must not take the other figures with it.
      this.set(await waiting().catch(() => Number.NaN));
    },
  });
  const loads = new Counter({
    name: 'flyloft_loads_total',
    help: 'Attempts of loads, by outcome',
    labelNames: ['outcome'] as const,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'flyloft_load_duration_seconds',
    help: 'Time of an attempt, from its start to its end',
    labelNames: ['outcome'] as const,
    buckets: LOAD_SECONDS,
    registers: [registry],
  });
  return (outcome: LoadOutcome, duration: number) => {
    loads.inc({ outcome });
    seconds.observe({ outcome }, duration);
  };
}
