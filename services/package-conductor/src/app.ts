import type { Moderation } from '@flyloft/common';
import type { FileAddresses, ObjectStore, Uploads } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';
import type { FetchPolicy } from '@flyloft/safe-fetch';
import {
  createServiceApp,
  type HealthCheck,
  limitEvents,
  type RateLimit,
  type ServiceMetrics,
} from '@flyloft/service-kit';
import type { Express } from 'express';
import type { Logger } from 'pino';
import type { HookCaller } from './hooks/call-hook.ts';
import { cors } from './http/cors.ts';
import type { Credentials } from './http/credentials.ts';
import type { LoadWatch } from './loads/load-watch.ts';
import type { Relay } from './loads/relay.ts';
import { readCommentsEndpoints } from './routes/comments/read-comments.ts';
import { writeCommentsEndpoints } from './routes/comments/write-comments.ts';
import { authorizeEndpoints } from './routes/datastore/authorize.ts';
import { infoEndpoint } from './routes/datastore/info.ts';
import { readFileEndpoint } from './routes/files/read-file.ts';
import { uploadFileEndpoint } from './routes/files/upload-file.ts';
import { cancelLoadEndpoint } from './routes/loads/cancel-load.ts';
import { followLoadEndpoint } from './routes/loads/follow-load.ts';
import { showErrorsEndpoint } from './routes/loads/show-errors.ts';
import { showLoadEndpoint } from './routes/loads/show-load.ts';
import { deleteEndpoint } from './routes/package/delete.ts';
import { publishEndpoint } from './routes/package/publish.ts';
import { runHooksEndpoint } from './routes/package/run-hooks.ts';
import { statsEndpoint } from './routes/package/stats.ts';
import { statusEndpoint } from './routes/package/status.ts';
import { updateParamsEndpoint } from './routes/package/update-params.ts';
import { uploadEndpoint } from './routes/package/upload.ts';
import { createLoadEndpoint } from './routes/packages/create-load.ts';
import { listLoadsEndpoint } from './routes/packages/list-loads.ts';
import { listPackagesEndpoint } from './routes/packages/list-packages.ts';
import { showPackageEndpoint } from './routes/packages/show-package.ts';
import { searchPackagesEndpoint } from './routes/search/search-packages.ts';

export interface ConductorDependencies {
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly version: string;
  readonly healthChecks: readonly HealthCheck[];
  readonly credentials: Credentials;
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly addresses: FileAddresses;
  readonly uploads: Uploads;
  readonly relay: Pick<Relay, 'kick'>;
  /** Which outside addresses may be loaded from. */
  readonly fetchPolicy: FetchPolicy;
  readonly loadWatch: LoadWatch;
  readonly moderation: Pick<Moderation, 'refuseWords'>;
  /** Comments that one person may write; default 10 a minute. */
  readonly commentLimits?: readonly RateLimit[];
  readonly hooks: HookCaller;
  readonly maxFileBytes: number;
  /** Of all files of one owner together. */
  readonly maxOwnerBytes: number;
  readonly publicRead: boolean;
  readonly isStopping?: () => boolean;
  readonly trustedProxies?: number;
}

const COMMENT_LIMITS: readonly RateLimit[] = [{ requests: 10, seconds: 60 }];

/** package-conductor's Express app. Pure: it neither listens nor reads the environment. */
export function createApp(dependencies: ConductorDependencies): Express {
  const { logger, metrics, version, healthChecks, uploads } = dependencies;
  const { commentLimits: limits = COMMENT_LIMITS } = dependencies;
  const commentLimit = limitEvents({ name: 'comments', limits });
  return createServiceApp({
    service: {
      name: 'package-conductor',
      version,
      description: 'Takes data packages in by signed upload and follows their loads',
    },
    logger,
    metrics,
    healthChecks,
    isStopping: dependencies.isStopping ?? (() => false),
    trustedProxies: dependencies.trustedProxies ?? 0,
    before: [cors],
    endpoints: [
      ...authorizeEndpoints({ ...dependencies, signer: uploads }),
      infoEndpoint(dependencies),
      uploadFileEndpoint(uploads),
      readFileEndpoint(dependencies),
      uploadEndpoint(dependencies),
      statusEndpoint(dependencies),
      publishEndpoint(dependencies),
      deleteEndpoint(dependencies),
      updateParamsEndpoint(dependencies),
      runHooksEndpoint(dependencies),
      statsEndpoint(dependencies),
      searchPackagesEndpoint(dependencies),
      listPackagesEndpoint(dependencies),
      createLoadEndpoint(dependencies),
      showPackageEndpoint(dependencies),
      ...readCommentsEndpoints(dependencies),
      ...writeCommentsEndpoints({ ...dependencies, commentLimit }),
      listLoadsEndpoint(dependencies),
      showLoadEndpoint(dependencies),
      cancelLoadEndpoint(dependencies),
      followLoadEndpoint(dependencies),
      showErrorsEndpoint(dependencies),
    ],
  });
}
