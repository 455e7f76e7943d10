import { problem } from '@flyloft/common';
import express, { type Express, type RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { ServiceMetrics } from '../metrics.ts';
import { passDirectly } from './direct.ts';
import { type Endpoint, mountEndpoints } from './endpoint.ts';
import { type ErrorRenderer, errorHandler, renderProblem } from './errors.ts';
import { type HealthCheck, livez, readyz } from './health.ts';
import { docsPages, openApiDocument, type ServiceDescription } from './openapi.ts';
import { requestId } from './request-id.ts';
import { requestLog } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';

export interface AppOptions {
  readonly service: ServiceDescription;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly healthChecks: readonly HealthCheck[];
  readonly endpoints: readonly Endpoint[];
  /** Runs before the endpoints: CORS, for instance. */
  readonly before?: readonly RequestHandler[];
  /** The form of errors where no endpoint matched; default RFC 9457. */
  readonly errors?: ErrorRenderer;
  /** True once the service was asked to stop; `/readyz` then says so. */
  readonly isStopping?: () => boolean;
  /** How many reverse proxies stand in front and may set `X-Forwarded-*`; default 0: none is believed. */
  readonly trustedProxies?: number;
}

/** An Express app with everything every service has, and the service's own endpoints. Pure: it does not listen. */
export function createServiceApp(options: AppOptions): Express {
  const { service, logger, metrics, endpoints } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('strict routing', true);
  app.set('trust proxy', options.trustedProxies ?? 0);

  const always = [
    ...[requestId, requestLog(logger), metrics.observe, securityHeaders()],
    ...(options.before ?? []),
  ];
  app.use(always);

  app.get('/livez', livez);
  app.get('/readyz', readyz(options.healthChecks, options.isStopping ?? (() => false)));
  app.get('/version', (_req, res) => {
    res.json({ service: service.name, version: service.version });
  });
  const document = openApiDocument(service, endpoints, options.errors ?? renderProblem);
  app.get('/openapi.json', (_req, res) => {
    res.json(document);
  });
  const docs = docsPages(service);
  app.get('/docs', docs.page);
  app.use('/docs', docs.files);

  mountEndpoints(app, endpoints);
  app.use((_req, _res, next) => next(problem('not_found')));
  const onError = errorHandler(logger, options.errors ?? renderProblem);
  app.use(onError);
  passDirectly(app, { endpoints, always, onError });
  return app;
}
