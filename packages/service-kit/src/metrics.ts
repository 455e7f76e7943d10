import type { RequestHandler } from 'express';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { routeOf } from './http/endpoint.ts';

/** A service's Prometheus metrics: rate, errors and duration per route template, event-loop lag, process. */
export interface ServiceMetrics {
  readonly registry: Registry;
  readonly observe: RequestHandler;
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

export function createMetrics(service: string): ServiceMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, by route template',
    labelNames,
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer',
    labelNames,
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  return {
    registry,
    observe: (req, res, next) => {
      const stop = duration.startTimer();
      res.once('close', () => {
        const labels = { method: req.method, route: routeOf(res), status: String(res.statusCode) };
        requests.inc(labels);
        stop(labels);
      });
      next();
    },
  };
}
