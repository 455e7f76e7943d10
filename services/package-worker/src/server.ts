import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataSets } from '@flyloft/data-sets-service';
import type { QueueBackend } from '@flyloft/job-queue';
import { openFiles } from '@flyloft/object-store';
import { createRegistry } from '@flyloft/registry';
import { createSafeFetcher, fetchPolicy } from '@flyloft/safe-fetch';
import { createLogger, createMetrics, loadConfiguration, runService, start } from '@flyloft/service-kit';
import { createDuckDbEngine } from '@flyloft/warehouse';
import { configuration } from './config.ts';
import { openWorkFolder } from './housekeeping/work-folder.ts';
import { createWorker } from './worker.ts';

/** Nobody waits for a transform as for an answer. */
const TRANSFORM_QUERY_SECONDS = 60;
/** Less than the conductor waits. */
const HOOK_SECONDS = 20;

await start('package-worker', async () => {
  const config = loadConfiguration(configuration, process.env);
  const logger = createLogger('package-worker', config.LOG_LEVEL);
  const metrics = createMetrics('package-worker');
  const stopping = { value: false };
  const workFolder = await openWorkFolder(config.WORK_FOLDER);
  const engine = await createDuckDbEngine({
    folders: [workFolder],
    temporaryFolder: join(workFolder, 'spilled'),
    memoryMegabytes: config.DUCKDB_MEMORY_MB,
    threads: config.DUCKDB_THREADS,
    sessionsWithProgress: config.LOAD_CONCURRENCY,
  });
  const backend: QueueBackend =
    config.REDIS_URL === undefined
      ? { kind: 'postgres', connectionString: config.DATABASE_URL }
      : { kind: 'redis', url: config.REDIS_URL };
  const files = openFiles(config);
  const dataSets = openDataSets(
    { MONGO_URL: config.MONGO_URL, DATABASE_URL: config.DATA_SETS_DATABASE_URL ?? config.DATABASE_URL },
    { queryTimeoutSeconds: TRANSFORM_QUERY_SECONDS },
  );
  const fetcher = createSafeFetcher({
    policy: fetchPolicy(config),
    totalTimeoutSeconds: config.FETCH_TIMEOUT_SECONDS,
  });
  const allowedOrigins = config.HOOK_ALLOWED_ORIGINS;
  // Somebody waits for the answer of a hook.
  const hookFetcher = createSafeFetcher({
    policy: fetchPolicy(config, allowedOrigins),
    connectTimeoutSeconds: 5,
    totalTimeoutSeconds: HOOK_SECONDS,
  });
  const worker = createWorker({
    hooks: { fetcher: hookFetcher, allowedOrigins },
    fetcher,
    maxFetchBytes: config.FETCH_MAX_BYTES,
    dataSets,
    registry: createRegistry({ connectionString: config.DATABASE_URL }),
    store: files.store,
    addresses: files.addresses(config.EXTERNAL_ADDRESS),
    engine,
    backend,
    logger,
    metrics,
    workFolder,
    concurrency: config.LOAD_CONCURRENCY,
    retryDelayMilliseconds: config.LOAD_RETRY_SECONDS * 1000,
    transformConcurrency: config.TRANSFORM_CONCURRENCY,
    maxTableBytes: config.MAX_TABLE_BYTES,
    maxTableRows: config.MAX_TABLE_ROWS,
    graceSeconds: config.FILES_GRACE_SECONDS,
    stopTimeoutSeconds: config.STOP_TIMEOUT_SECONDS,
  });
  await runService({
    name: 'package-worker',
    host: config.HOST,
    adminPort: config.ADMIN_PORT,
    logger,
    metrics,
    stopping,
    healthChecks: worker.healthChecks,
    stopTimeoutSeconds: config.STOP_TIMEOUT_SECONDS,
    stopPhases: [
      ...worker.stopPhases,
      { name: 'work folder', capSeconds: 5, run: () => rm(workFolder, { recursive: true, force: true }) },
      {
        name: 'outside',
        capSeconds: 1,
        run: async () => void (await Promise.all([fetcher.close(), hookFetcher.close()])),
      },
      { name: 'files', capSeconds: 1, run: async () => files.store.close() },
    ],
  });
});
