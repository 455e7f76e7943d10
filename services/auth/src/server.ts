import { createOutsideTokens } from '@flyloft/common';
import type { QueueBackend } from '@flyloft/job-queue';
import { createSafeFetcher } from '@flyloft/safe-fetch';
import {
  createLogger,
  createMetrics,
  loadConfiguration,
  packageVersion,
  runService,
  start,
} from '@flyloft/service-kit';
import { createApp } from './app.ts';
import { ensureInstalledApps } from './apps/installed-apps.ts';
import { communityOptions } from './community-configuration.ts';
import { adminPortOf, configuration } from './config.ts';
import { loadExtensions } from './extensions/extensions.ts';
import { startHousekeeping } from './housekeeping.ts';
import { hydraMode } from './hydra/configured-hydra.ts';
import { createKeyEncryption } from './keys/key-encryption.ts';
import { keyMaker, loadKeyRing } from './keys/key-ring.ts';
import { signingKeyOf } from './keys/signing-key.ts';
import { kratosMode } from './kratos/configured-kratos.ts';
import { kratosChores } from './kratos-chores.ts';
import { createLimits } from './limits/limits.ts';
import { configuredMail } from './mail/configured-mail.ts';
import { startNoticeWorker } from './notices/notice-worker.ts';
import { loadPermissionModules } from './permissions/permission-modules.ts';
import { openCounters, sweepCounters } from './postgres/counters.ts';
import { createDatabase } from './postgres/database.ts';
import { forgetEvents, tellExtensions } from './postgres/extension-events.ts';
import { forgetRevocations, tellHydra } from './postgres/hydra-revocations.ts';
import { createKeyAdministration } from './postgres/key-administration.ts';
import { createKeyStore } from './postgres/keys.ts';
import { openPool } from './postgres/pool.ts';
import { createStores } from './postgres/stores.ts';
import { sendPushes } from './push/send-pushes.ts';
import { signInOptions } from './sign-in/sign-in-options.ts';

/** How long another replica's rotation may go unseen here; well under AGREED_SECONDS. */
const KEYS_SECONDS = 10;

await start('auth', async () => {
  const config = loadConfiguration(configuration, process.env);
  const logger = createLogger('auth', config.LOG_LEVEL);
  const metrics = createMetrics('auth');
  const stopping = { value: false };
  const pool = openPool(config.DATABASE_URL, config.DATABASE_CONNECTIONS);
  const database = createDatabase(pool);
  const encryption = createKeyEncryption(config.KEY_ENCRYPTION_KEY);
  const keyStore = createKeyStore(database);
  const keyRing = await loadKeyRing({ store: keyStore, encryption, imported: config.PRIVATE_KEY });
  const keys = createKeyAdministration(database, keyMaker(encryption), keyRing);
  if (config.PRIVATE_KEY && (await signingKeyOf(config.PRIVATE_KEY)).kid !== keyRing.active.kid) {
    // It is imported only where there is no key yet; later ones come by rotation.
    logger.warn(
      { kid: keyRing.active.kid },
      'PRIVATE_KEY is not the key that signs; the database has its own',
    );
  }
  const stores = createStores(database, pool);
  await ensureInstalledApps(stores, config.INSTALLED_APPS);
  const extensions = await loadExtensions(config.INSTALLED_EXTENSIONS, logger);
  const counters = await openCounters(pool, config.REDIS_URL, (err) => logger.warn({ err }, 'counters'));
  const limits = createLimits({
    ...{ tokenRequests: config.RATE_LIMIT_TOKENS, wrongTokens: config.RATE_LIMIT_WRONG_TOKENS, counters },
  });
  const community = communityOptions(config);
  // Somebody's push service: no answer is worth waiting for long.
  const pushFetcher = createSafeFetcher({
    policy: community.pushPolicy,
    connectTimeoutSeconds: 5,
    totalTimeoutSeconds: 10,
  });
  const pushes = { store: stores.pushes, fetcher: pushFetcher, vapid: community.vapid, logger };
  const backend: QueueBackend =
    config.REDIS_URL === undefined
      ? { kind: 'postgres', connectionString: config.DATABASE_URL }
      : { kind: 'redis', url: config.REDIS_URL };
  const notices = startNoticeWorker({ backend, notifications: stores.notifications, logger });
  const mail = configuredMail(config, stores, logger);
  const healthChecks = [
    { name: 'database', check: stores.check },
    { name: 'notices', check: notices.check, optional: true },
    ...(mail ? [{ name: 'mail', check: mail.check, optional: true }] : []),
  ];
  const hydra = hydraMode(config);
  const kratos = kratosMode(config);
  const app = createApp({
    community,
    healthChecks,
    origin: config.EXTERNAL_ADDRESS,
    keyRing,
    keys,
    stores,
    allowedServices: config.ALLOWED_SERVICES.map(({ alias }) => alias),
    permissionModules: await loadPermissionModules(config.ALLOWED_SERVICES),
    extensions,
    limits,
    counters,
    outsideTokens: createOutsideTokens(config.TRUSTED_ISSUERS),
    serviceTokenSeconds: config.SERVICE_TOKEN_TTL,
    secret: config.KEY_ENCRYPTION_KEY,
    signIn: signInOptions(config, mail?.keep),
    hydra,
    kratos,
    corsOrigins: config.CORS_ORIGINS,
    logger,
    metrics,
    version: packageVersion(import.meta.url),
    trustedProxies: config.TRUST_PROXY,
    isStopping: () => stopping.value,
  });
  const housekeeping = startHousekeeping(
    [
      { name: 'keys', everySeconds: KEYS_SECONDS, run: keyRing.reload },
      { name: 'old keys', everySeconds: 3_600, run: () => keys.retireOld(new Date()) },
      { name: 'revocations', everySeconds: 3_600, run: stores.revocations.sweep },
      ...(mail ? [{ name: 'mail', everySeconds: 1, run: mail.send }] : []),
      { name: 'pushes', everySeconds: 1, run: () => sendPushes(pushes) },
      { name: 'old notifications', everySeconds: 3_600, run: stores.notifications.sweep },
      { name: 'single sign-on', everySeconds: 600, run: stores.oidcRecords.sweep },
      { name: 'counters', everySeconds: 600, run: () => sweepCounters(database) },
      hydra === undefined
        ? { name: 'Hydra', everySeconds: 3_600, run: () => forgetRevocations(database) }
        : { name: 'Hydra', everySeconds: 1, run: () => tellHydra(database, hydra.hydra, logger) },
      ...kratosChores(database, stores, kratos, logger),
      extensions.count === 0
        ? { name: 'extensions', everySeconds: 3_600, run: () => forgetEvents(database) }
        : { name: 'extensions', everySeconds: 1, run: () => tellExtensions(database, extensions, logger) },
    ],
    logger,
  );
  await runService({
    name: 'auth',
    host: config.HOST,
    port: config.PORT,
    adminPort: adminPortOf(config),
    app,
    logger,
    metrics,
    healthChecks,
    stopping,
    stopTimeoutSeconds: config.STOP_TIMEOUT_SECONDS,
    stopPhases: [
      { name: 'housekeeping', capSeconds: 5, run: housekeeping.stop },
      { name: 'notices', capSeconds: 5, run: notices.close },
      { name: 'pushes', capSeconds: 1, run: pushFetcher.close },
      { name: 'counters', capSeconds: 1, run: counters.close },
      { name: 'queries', capSeconds: 5, run: () => database.$disconnect() },
      { name: 'database', capSeconds: 5, run: () => pool.end() },
    ],
  });
});
