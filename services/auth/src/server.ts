import {
  createLogger,
  createMetrics,
  loadConfiguration,
  packageVersion,
  runService,
  start,
} from '@flyloft/service-kit';
import { createApp } from './app.ts';
import { adminPortOf, configuration } from './config.ts';
import { createKeyEncryption } from './keys/key-encryption.ts';
import { loadKeyRing } from './keys/key-ring.ts';
import { signingKeyOf } from './keys/signing-key.ts';
import { createDatabase } from './postgres/database.ts';
import { createKeyStore } from './postgres/keys.ts';
import { createStores } from './postgres/stores.ts';

await start('auth', async () => {
  const config = loadConfiguration(configuration, process.env);
  const logger = createLogger('auth', config.LOG_LEVEL);
  const metrics = createMetrics('auth');
  const stopping = { value: false };
  const database = createDatabase(config.DATABASE_URL);
  const keyRing = await loadKeyRing({
    store: createKeyStore(database),
    encryption: createKeyEncryption(config.KEY_ENCRYPTION_KEY),
    imported: config.PRIVATE_KEY,
  });
  if (config.PRIVATE_KEY && (await signingKeyOf(config.PRIVATE_KEY)).kid !== keyRing.active.kid) {
    // It is imported only where there is no key yet; later ones come by rotation.
    logger.warn(
      { kid: keyRing.active.kid },
      'PRIVATE_KEY is not the key that signs; the database has its own',
    );
  }
  const stores = createStores(database);
  const app = createApp({
    origin: config.EXTERNAL_ADDRESS,
    keyRing,
    stores,
    allowedServices: config.ALLOWED_SERVICES,
    serviceTokenSeconds: config.SERVICE_TOKEN_TTL,
    logger,
    metrics,
    version: packageVersion(import.meta.url),
    trustedProxies: config.TRUST_PROXY,
    isStopping: () => stopping.value,
  });
  await runService({
    name: 'auth',
    host: config.HOST,
    port: config.PORT,
    adminPort: adminPortOf(config),
    app,
    logger,
    metrics,
    healthChecks: [{ name: 'database', check: stores.check }],
    stopping,
    stopTimeoutSeconds: config.STOP_TIMEOUT_SECONDS,
    stopPhases: [{ name: 'database', capSeconds: 5, run: () => database.$disconnect() }],
  });
});
