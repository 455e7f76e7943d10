import { resolve } from 'node:path';
import { createTokenVerifier, SERVICE_ALIASES } from '@flyloft/common';
import { openDataSets } from '@flyloft/data-sets-service';
import {
  type AuthConnection,
  connectToAuth,
  createLogger,
  createMetrics,
  limitHeapGrowth,
  loadConfiguration,
  openRateCounters,
  runService,
  start,
} from '@flyloft/service-kit';
import { createApp } from './app.ts';
import { type Configuration, configuration } from './config.ts';
import { openCubeFiles } from './cubes/open-cube-files.ts';
import { type OpenCubes, openCubes } from './cubes/open-cubes.ts';

async function openCubesIf(config: Configuration, auth: AuthConnection): Promise<OpenCubes | undefined> {
  if (config.DATABASE_URL === undefined) return undefined;
  const files = await openCubeFiles(config);
  if (files === undefined) return undefined;
  return openCubes({
    connectionString: config.DATABASE_URL,
    files,
    memoryMegabytes: config.DUCKDB_MEMORY_MB,
    threads: config.DUCKDB_THREADS,
    spill:
      config.CACHE_FOLDER === undefined
        ? undefined
        : { folder: resolve(config.CACHE_FOLDER, 'spilled'), maxBytes: config.DUCKDB_SPILL_MAX_BYTES },
    queryTimeoutSeconds: config.QUERY_TIMEOUT_SECONDS,
    answersMaxBytes: config.CUBE_ANSWERS_MAX_BYTES,
    verification: auth.verification,
  });
}

limitHeapGrowth();

await start('read-api', async () => {
  const config = loadConfiguration(configuration, process.env);
  const logger = createLogger('read-api', config.LOG_LEVEL);
  const metrics = createMetrics('read-api');
  const stopping = { value: false };
  const dataSets = openDataSets(config, {
    queryTimeoutSeconds: config.QUERY_TIMEOUT_SECONDS,
    keepAnswers: { overMilliseconds: config.KEEP_ANSWERS_OVER_MS },
  });
  const auth = connectToAuth(config, { logger, metrics });
  const cubes = await openCubesIf(config, auth);
  const dataSetsVerifier = createTokenVerifier({
    ...auth.verification,
    audiences: [SERVICE_ALIASES.dataSets],
  });
  const healthChecks = [
    { name: 'data sets', check: dataSets.check },
    ...(cubes?.healthChecks ?? []),
    ...auth.healthChecks,
  ];
  const counters = await openRateCounters(config.RATE_LIMIT_READ, config.REDIS_URL, logger);
  const app = createApp({
    logger,
    metrics,
    healthChecks,
    dataSets,
    dataSetsVerifier,
    readLimits: config.RATE_LIMIT_READ,
    counters,
    textsMaxBytes: config.DATA_ANSWERS_MAX_BYTES,
    limits: { rawRecords: config.MAX_RAW_RECORDS, periods: config.MAX_PERIODS },
    ...(cubes === undefined ? {} : { cubes: cubes.dependencies }),
    isStopping: () => stopping.value,
    trustedProxies: config.TRUST_PROXY,
  });
  await runService({
    name: 'read-api',
    host: config.HOST,
    port: config.PORT,
    adminPort: config.ADMIN_PORT ?? config.PORT + 100,
    app,
    logger,
    metrics,
    healthChecks,
    stopping,
    stopTimeoutSeconds: config.STOP_TIMEOUT_SECONDS,
    stopPhases: [
      { name: 'rate limits', capSeconds: 1, run: async () => counters?.close() },
      { name: 'data sets', capSeconds: 5, run: dataSets.close },
      ...(cubes?.stopPhases ?? []),
    ],
  });
});
