import { getStatus } from '@flyloft/data-sets-service';
import {
  clientNetwork,
  createServiceApp,
  type Endpoint,
  type HealthCheck,
  limitRate,
  type RateCounters,
  type RateLimit,
  type ServiceMetrics,
} from '@flyloft/service-kit';
import type { Express, Request, Response } from 'express';
import type { Logger } from 'pino';
import { createBodyReceiver } from './bodies/body.ts';
import { createTurns } from './bodies/turns.ts';
import type { WriteDependencies } from './dependencies.ts';
import { renderBackdropError } from './http/backdrop-errors.ts';
import { deleteRecordEndpoint } from './routes/data/delete-record.ts';
import { enteredDataSet } from './routes/data/enter.ts';
import { patchRecordEndpoint } from './routes/data/patch-record.ts';
import { postDataEndpoint } from './routes/data/post-data.ts';
import { postDataByNameEndpoint } from './routes/data/post-data-by-name.ts';
import { postTransformEndpoint } from './routes/data/post-transform.ts';
import { putDataEndpoint } from './routes/data/put-data.ts';
import { uploadFileEndpoint } from './routes/data/upload-file.ts';
import { createDataSetEndpoint } from './routes/data-sets/create-data-set.ts';
import { deleteDataSetEndpoint } from './routes/data-sets/delete-data-set.ts';
import { getDataSetEndpoint } from './routes/data-sets/get-data-set.ts';
import { getTransformsEndpoint } from './routes/data-sets/get-transforms.ts';
import { listDataSetsEndpoint } from './routes/data-sets/list-data-sets.ts';
import { patchDataSetEndpoint } from './routes/data-sets/patch-data-set.ts';
import { putTransformsEndpoint } from './routes/data-sets/put-transforms.ts';
import { rotateTokenEndpoint } from './routes/data-sets/rotate-token.ts';
import { receiveUploadEndpoint } from './routes/upload-page/receive-upload.ts';
import { showUploadPageEndpoint } from './routes/upload-page/show-page.ts';
import { authorizedEndpoint } from './routes/user/authorized.ts';
import { signInEndpoint } from './routes/user/sign-in.ts';
import { signOutEndpoint } from './routes/user/sign-out.ts';
import type { SignIn } from './sign-in/sign-in.ts';
import { watchWrites } from './transforms/watch-writes.ts';

export interface WriteApiOptions extends Omit<WriteDependencies, 'bodies' | 'turns' | 'limitRate'> {
  /** Of each data set and client address; none: no limit. */
  readonly writeLimits?: readonly RateLimit[] | undefined;
  /** Where writes are counted; default: in this process. */
  readonly counters?: RateCounters | undefined;
  /** People's sessions; none: no upload pages. */
  readonly signIn?: SignIn | undefined;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly healthChecks: readonly HealthCheck[];
  readonly isStopping?: () => boolean;
  readonly trustedProxies?: number;
}

function dependenciesOf(options: WriteApiOptions): WriteDependencies {
  const { writeLimits: limits, counters } = options;
  const keyOf = (req: Request, res: Response) => `${enteredDataSet(res).id} ${clientNetwork(req.ip)}`;
  return {
    ...options,
    bodies: createBodyReceiver(),
    turns: createTurns(),
    limitRate: limits && limitRate({ name: 'write', limits, counters, keyOf }),
  };
}

/** For people, who sign in instead of sending a token (data-sets.md A6). */
function pages(dependencies: WriteDependencies, signIn: SignIn, logger: Logger): Endpoint[] {
  return [
    signInEndpoint(signIn),
    authorizedEndpoint(signIn),
    signOutEndpoint(signIn),
    showUploadPageEndpoint(dependencies.dataSets, signIn),
    receiveUploadEndpoint(dependencies, signIn, logger),
  ];
}

/** write-api: creates data sets and stores their records. */
export function createApp(options: WriteApiOptions): Express {
  const dependencies = dependenciesOf(options);
  // Writes by group and type are noted for transforms, those by name are not (data-sets.md 1.2).
  const { dataSets, callTransforms, signIn } = options;
  const watched = callTransforms
    ? { ...dependencies, dataSets: watchWrites(dataSets, callTransforms) }
    : dependencies;
  return createServiceApp({
    ...options,
    service: {
      name: 'write-api',
      version: '0.1.0',
      description: 'Creates data sets and stores their records.',
    },
    endpoints: [
      getStatus,
      createDataSetEndpoint(dependencies),
      listDataSetsEndpoint(dependencies),
      getDataSetEndpoint(dependencies),
      patchDataSetEndpoint(dependencies),
      deleteDataSetEndpoint(dependencies),
      rotateTokenEndpoint(dependencies),
      getTransformsEndpoint(watched),
      putTransformsEndpoint(watched),
      postDataEndpoint(watched),
      putDataEndpoint(dependencies),
      uploadFileEndpoint(watched),
      patchRecordEndpoint(watched),
      postTransformEndpoint(watched),
      deleteRecordEndpoint(dependencies),
      postDataByNameEndpoint(dependencies),
      ...(signIn ? pages(watched, signIn, options.logger) : []),
    ],
    errors: renderBackdropError,
  });
}
