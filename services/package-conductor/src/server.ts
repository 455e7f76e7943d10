import {
  createTokenVerifier,
  createUserTokenVerifier,
  HOOKS_QUEUE,
  type HookJob,
  LOADS_QUEUE,
  type LoadJob,
  NOTICES_QUEUE,
  type NoticeJob,
  SERVICE_ALIASES,
} from '@flyloft/common';
import { createJobQueue, type QueueBackend } from '@flyloft/job-queue';
import { openFiles } from '@flyloft/object-store';
import { createRegistry } from '@flyloft/registry';
import { fetchPolicy } from '@flyloft/safe-fetch';
import {
  connectToAuth,
  connectToModeration,
  createLogger,
  createMetrics,
  isDependencyDown,
  loadConfiguration,
  packageVersion,
  runService,
  start,
} from '@flyloft/service-kit';
import { createApp } from './app.ts';
import { adminPortOf, type Configuration, configuration } from './config.ts';
import { createHookCaller } from './hooks/call-hook.ts';
import { startHousekeeping } from './housekeeping.ts';
import { createCredentials } from './http/credentials.ts';
import { addLoadMetrics, workersCheck } from './loads/load-metrics.ts';
import { createLoadWatch } from './loads/load-watch.ts';
import { startRelay } from './loads/relay.ts';

function queueBackend({ DATABASE_URL, REDIS_URL }: Configuration): QueueBackend {
  return REDIS_URL === undefined
    ? { kind: 'postgres', connectionString: DATABASE_URL }
    : { kind: 'redis', url: REDIS_URL };
}

await start('package-conductor', async () => {
  const config = loadConfiguration(configuration, process.env);
  const logger = createLogger('package-conductor', config.LOG_LEVEL);
  const metrics = createMetrics('package-conductor');
  const stopping = { value: false };

  const registry = createRegistry({ connectionString: config.DATABASE_URL });
  const backend = queueBackend(config);
  const onError = (err: Error) => logger.warn({ err }, 'queue');
  const queue = createJobQueue<LoadJob>({ name: LOADS_QUEUE, backend, onError });
  const hookQueue = createJobQueue<HookJob>({ name: HOOKS_QUEUE, backend, onError });
  const noticeQueue = createJobQueue<NoticeJob>({ name: NOTICES_QUEUE, backend, onError });
  const files = openFiles(config);
  const { store } = files;
  const addresses = files.addresses(config.EXTERNAL_ADDRESS);
  const uploads = files.uploads(addresses, config.FILES_SIGNING_KEY);
  const auth = connectToAuth(config, { logger, metrics });
  const moderation = connectToModeration(config, { logger, onChange: registry.applyModeration });
  const credentials = createCredentials({
    verifier: createTokenVerifier({ ...auth.verification, audiences: [SERVICE_ALIASES.datastore] }),
    userVerifier: createUserTokenVerifier(auth.verification),
    apiKeys: config.OS_CLIENT_API_KEYS,
  });
  const isStopping = () => stopping.value;
  const healthChecks = [
    { name: 'database', check: registry.check },
    { name: 'queue', check: queue.check },
    { name: 'store', check: store.check },
    workersCheck(registry),
    ...auth.healthChecks,
  ];
  await store.check().catch((err: unknown) => {
    // A wrong folder or bucket stops the start; a store that is away comes back, and `/readyz` says so meanwhile.
    if (!isDependencyDown(err)) throw err;
    logger.warn({ err }, 'the store of files is away; going on without it until it is back');
  });
  const relay = startRelay({ registry, queue, noticeQueue, logger });
  const housekeeping = startHousekeeping({ registry, store, logger });
  const loadWatch = createLoadWatch({ registry, logger, isStopping });
  addLoadMetrics(metrics, registry);

  const app = createApp({
    logger,
    metrics,
    version: packageVersion(import.meta.url),
    healthChecks,
    credentials,
    registry,
    store,
    addresses,
    uploads,
    relay,
    fetchPolicy: fetchPolicy(config),
    loadWatch,
    moderation,
    commentLimits: config.RATE_LIMIT_COMMENTS,
    hooks: createHookCaller({ registry, queue: hookQueue, allowedOrigins: config.HOOK_ALLOWED_ORIGINS }),
    maxFileBytes: config.MAX_FILE_BYTES,
    maxOwnerBytes: config.MAX_OWNER_BYTES,
    publicRead: config.FILES_PUBLIC_READ,
    isStopping,
    trustedProxies: config.TRUST_PROXY,
  });
  await runService({
    name: 'package-conductor',
    host: config.HOST,
    port: config.PORT,
    adminPort: adminPortOf(config),
    app,
    logger,
    metrics,
    healthChecks,
    stopping,
    stopTimeoutSeconds: config.STOP_TIMEOUT_SECONDS,
    // Uploads may take as long as they take; their addresses are signed.
    requestTimeoutSeconds: 0,
    stopPhases: [
      { name: 'relay', capSeconds: 10, run: relay.stop },
      { name: 'housekeeping', capSeconds: 10, run: housekeeping.stop },
      {
        name: 'queue',
        capSeconds: 5,
        run: async () => {
          moderation.stop();
          await Promise.all([queue.close(), hookQueue.close(), noticeQueue.close()]);
        },
      },
      { name: 'database', capSeconds: 5, run: registry.close },
      { name: 'files', capSeconds: 1, run: async () => store.close() },
    ],
  });
});
