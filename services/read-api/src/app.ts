import type { TokenVerifier } from '@flyloft/common';
import type { AnswerLimits, DataSets } from '@flyloft/data-sets';
import { getStatus } from '@flyloft/data-sets-service';
import {
  createServiceApp,
  type Endpoint,
  type HealthCheck,
  type RateCounters,
  type RateLimit,
  type ServiceMetrics,
} from '@flyloft/service-kit';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { renderBackdropError } from './http/backdrop-errors.ts';
import { cors } from './http/cors.ts';
import { createRecentBodies } from './http/recent-bodies.ts';
import type { TaggedBody } from './http/send-tagged.ts';
import type { CubeDependencies } from './routes/cubes/cube-dependencies.ts';
import { cubeEndpoints } from './routes/cubes/cube-endpoints.ts';
import { limitReads } from './routes/data/answer-data.ts';
import { dataByNameEndpoints, dataEndpoints } from './routes/data/data-endpoints.ts';
import { getDataSetsStatus } from './routes/status/get-data-sets-status.ts';

export interface ReadApiDependencies {
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly healthChecks: readonly HealthCheck[];
  readonly dataSets: DataSets;
  /** Of service tokens for `data-sets`. */
  readonly dataSetsVerifier: TokenVerifier;
  readonly limits?: Partial<AnswerLimits>;
  /** Most bytes of answers to period and group queries that are kept as text; default none. */
  readonly textsMaxBytes?: number;
  /** Of each data set and client address; none: no limit. */
  readonly readLimits?: readonly RateLimit[] | undefined;
  /** Where questions are counted; default: in this process. */
  readonly counters?: RateCounters | undefined;
  /** Absent where there is no registry: a read-api on MongoDB alone serves data sets alone. */
  readonly cubes?: CubeDependencies;
  readonly isStopping?: () => boolean;
  readonly trustedProxies?: number;
}

/** read-api: Backdrop queries over data sets, babbage queries over loaded packages. */
export function createApp(dependencies: ReadApiDependencies): Express {
  const {
    dataSets,
    dataSetsVerifier,
    limits = {},
    textsMaxBytes = 0,
    readLimits,
    counters,
    cubes,
    ...rest
  } = dependencies;
  const data = {
    dataSets,
    dataSetsVerifier,
    limits,
    texts: createRecentBodies<TaggedBody>(textsMaxBytes),
    limitReads: readLimits && limitReads(readLimits, counters),
  };
  const endpoints: Endpoint[] = [
    getStatus,
    getDataSetsStatus(data),
    ...dataEndpoints(data),
    ...(cubes === undefined ? [] : cubeEndpoints(cubes)),
    // Last: any single segment may be the name of a data set.
    ...dataByNameEndpoints(data),
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
