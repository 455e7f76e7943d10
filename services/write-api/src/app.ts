import { createServiceApp, type HealthCheck, type ServiceMetrics } from '@flyloft/service-kit';
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { WriteDependencies } from './dependencies.ts';
import { renderBackdropError } from './http/backdrop-errors.ts';
import { postDataEndpoint } from './routes/data/post-data.ts';
import { createDataSetEndpoint } from './routes/data-sets/create-data-set.ts';
import { deleteDataSetEndpoint } from './routes/data-sets/delete-data-set.ts';
import { getDataSetEndpoint } from './routes/data-sets/get-data-set.ts';
import { listDataSetsEndpoint } from './routes/data-sets/list-data-sets.ts';
import { getStatus } from './routes/status/get-status.ts';

export interface WriteApiOptions extends WriteDependencies {
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly healthChecks: readonly HealthCheck[];
  readonly isStopping?: () => boolean;
  readonly trustedProxies?: number;
}

/** write-api: creates data sets and stores their records. */
export function createApp(options: WriteApiOptions): Express {
  return createServiceApp({
    ...options,
    service: {
      name: 'write-api',
      version: '0.1.0',
      description: 'Creates data sets and stores their records.',
    },
    endpoints: [
      getStatus,
      createDataSetEndpoint(options),
      listDataSetsEndpoint(options),
      getDataSetEndpoint(options),
      deleteDataSetEndpoint(options),
      postDataEndpoint(options),
    ],
    errors: renderBackdropError,
  });
}
