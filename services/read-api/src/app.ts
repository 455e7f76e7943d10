import type { DataSets } from '@flyloft/data-sets';
import { createServiceApp, type Endpoint, type HealthCheck, type ServiceMetrics } from '@flyloft/service-kit';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { renderBackdropError } from './http/backdrop-errors.ts';
import { cors } from './http/cors.ts';
import type { CubeDependencies } from './routes/cubes/cube-dependencies.ts';
import { cubeEndpoints } from './routes/cubes/cube-endpoints.ts';
import { dataByNameEndpoints, dataEndpoints } from './routes/data/data-endpoints.ts';
import { getStatus } from './routes/status/get-status.ts';

export interface ReadApiDependencies {
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly healthChecks: readonly HealthCheck[];
  readonly dataSets: DataSets;
  /** Absent where there is no registry: a read-api on MongoDB alone serves data sets alone. */
  readonly cubes?: CubeDependencies;
  readonly isStopping?: () => boolean;
  readonly trustedProxies?: number;
}

/** read-api: Backdrop queries over data sets, babbage queries over loaded packages. */
export function createApp(dependencies: ReadApiDependencies): Express {
  const { dataSets, cubes, ...rest } = dependencies;
  const endpoints: Endpoint[] = [
    getStatus,
    ...dataEndpoints({ dataSets }),
    ...(cubes === undefined ? [] : cubeEndpoints(cubes)),
    // Last: any single segment may be the name of a data set.
    ...dataByNameEndpoints({ dataSets }),
  ];
  return createServiceApp({
    ...rest,
    service: {
      name: 'read-api',
      version: '0.1.0',
      description: 'Answers queries over data sets and loaded packages.',
    },
    endpoints,
    before: [cors],
    errors: renderBackdropError,
  });
}
