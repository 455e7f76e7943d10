import type { TokenVerifier } from '@flyloft/common';
import type { FileAddresses, ObjectStore, Uploads } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';
import type { FetchPolicy } from '@flyloft/safe-fetch';
import { createServiceApp, type HealthCheck, type ServiceMetrics } from '@flyloft/service-kit';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { cors } from './http/cors.ts';
import type { Relay } from './loads/relay.ts';
import { authorizeEndpoints } from './routes/datastore/authorize.ts';
import { infoEndpoint } from './routes/datastore/info.ts';
import { readFileEndpoint } from './routes/files/read-file.ts';
import { uploadFileEndpoint } from './routes/files/upload-file.ts';
import { showLoadEndpoint } from './routes/loads/show-load.ts';
import { publishEndpoint } from './routes/package/publish.ts';
import { statusEndpoint } from './routes/package/status.ts';
import { uploadEndpoint } from './routes/package/upload.ts';

export interface ConductorDependencies {
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  readonly version: string;
  readonly healthChecks: readonly HealthCheck[];
  readonly verifier: TokenVerifier;
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly addresses: FileAddresses;
  readonly uploads: Uploads;
  readonly relay: Pick<Relay, 'kick'>;
  /** Which outside addresses may be loaded from. */
  readonly fetchPolicy: FetchPolicy;
  readonly maxFileBytes: number;
  readonly publicRead: boolean;
  readonly isStopping?: () => boolean;
  readonly trustedProxies?: number;
}

/** package-conductor's Express app. Pure: it neither listens nor reads the environment. */
export function createApp(dependencies: ConductorDependencies): Express {
  const { logger, metrics, version, healthChecks, uploads } = dependencies;
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
      showLoadEndpoint(dependencies),
    ],
  });
}
