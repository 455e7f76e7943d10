import { createTokenVerifier, SERVICE_ALIASES, TRANSFORMS_QUEUE, type TransformJob } from '@flyloft/common';
import { MOST_FAILURES, rememberDataSets } from '@flyloft/data-sets';
import { openDataSets } from '@flyloft/data-sets-service';
import { createJobQueue, type QueueBackend } from '@flyloft/job-queue';
import {
  connectToAuth,
  connectToModeration,
  createLogger,
  createMetrics,
  limitHeapGrowth,
  loadConfiguration,
  openRateCounters,
  runService,
  start,
} from '@flyloft/service-kit';
import type { z } from 'zod';
import { createApp } from './app.ts';
import { configuration } from './config.ts';
import { configuredSignIn } from './sign-in/configured-sign-in.ts';
import { createTransformCaller } from './transforms/transform-caller.ts';

/** How long a change made through another replica may go unseen here. */
const REMEMBERED_MILLISECONDS = 1_000;

/** 5 GiB at 1.5 MB/s. */
const REQUEST_TIMEOUT_SECONDS = 3_600;

function queueBackend(config: z.output<typeof configuration>): QueueBackend | undefined {
  if (config.REDIS_URL !== undefined) return { kind: 'redis', url: config.REDIS_URL };
  const { DATABASE_URL: connectionString } = config;
  return connectionString === undefined ? undefined : { kind: 'postgres', connectionString };
}

limitHeapGrowth();

await start('write-api', async () => {
  const config = loadConfiguration(configuration, process.env);
  const logger = createLogger('write-api', config.LOG_LEVEL);
  const metrics = createMetrics('write-api');
  const stopping = { value: false };
  const opened = openDataSets(config);
  const catalogue = rememberDataSets(opened.catalogue, { milliseconds: REMEMBERED_MILLISECONDS });
  const dataSets = { ...opened, catalogue };
  const auth = connectToAuth(config, { logger, metrics });
  const healthChecks = [{ name: 'data sets', check: dataSets.check }, ...auth.healthChecks];
  const moderation = connectToModeration(config, { logger });
  const backend = queueBackend(config);
  const transformQueue =
    backend &&
    createJobQueue<TransformJob>({
      ...{ name: TRANSFORMS_QUEUE, backend, attempts: MOST_FAILURES },
      onError: (error) => logger.warn({ err: error }, 'queue connection'),
    });
  const counters = await openRateCounters(config.RATE_LIMIT_WRITE, config.REDIS_URL, logger);
  const app = createApp({
    signIn: configuredSignIn(config),
    callTransforms: transformQueue && createTransformCaller(transformQueue, logger),
    logger,
    metrics,
    healthChecks,
    dataSets,
    verifier: createTokenVerifier({ ...auth.verification, audiences: [SERVICE_ALIASES.dataSets] }),
    moderation,
    adminToken: config.DATA_SETS_ADMIN_TOKEN,
    maxJsonBytes: config.MAX_JSON_BODY,
    maxFileBytes: config.MAX_FILE_BYTES,
    writeLimits: config.RATE_LIMIT_WRITE,
    counters,
    isStopping: () => stopping.value,
    trustedProxies: config.TRUST_PROXY,
  });
  await runService({
    name: 'write-api',
    host: config.HOST,
    port: config.PORT,
    adminPort: config.ADMIN_PORT ?? config.PORT + 100,
    app,
    logger,
    metrics,
    healthChecks,
    stopping,
    // A large file over a slow line takes its time.
    requestTimeoutSeconds: REQUEST_TIMEOUT_SECONDS,
    stopTimeoutSeconds: config.STOP_TIMEOUT_SECONDS,
    stopPhases: [
      { name: 'moderation', capSeconds: 1, run: async () => moderation.stop() },
      { name: 'rate limits', capSeconds: 1, run: async () => counters?.close() },
      { name: 'queue', capSeconds: 5, run: async () => transformQueue?.close() },
      { name: 'data sets', capSeconds: 5, run: dataSets.close },
    ],
  });
});
