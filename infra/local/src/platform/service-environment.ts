import { createHmac } from 'node:crypto';
import type { DataFolder } from './data-folder.ts';
import { HOST, type Ports } from './ports.ts';
import type { ServiceName } from './services.ts';

export interface EnvironmentOptions {
  readonly ports: Ports;
  readonly folder: DataFolder;
  readonly databaseUrls: Readonly<Record<ServiceName, string>>;
  /** The launcher's own environment: what a person sets there wins over our defaults. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
}

/** Meant for the launcher, or set per service below: never handed on as they are. */
const OWN_VARIABLES = new Set(['PORT', 'ADMIN_PORT', 'PORT_BASE', 'HOST', 'DATABASE_URL', 'NODE_OPTIONS']);

const UPLOADS = 'uploads';

/** People sign in with auth to upload in the browser, unless the launcher names another provider. */
function uploadPages(address: string, { folder, inherited }: EnvironmentOptions): Record<string, string> {
  if (inherited.OIDC_ISSUER) return {};
  const sessionKey = createHmac('sha256', folder.secrets.keyEncryptionKey)
    .update('upload pages')
    .digest('hex');
  return {
    ...{ OIDC_ISSUER: address, OIDC_CLIENT_ID: UPLOADS, EXTERNAL_ADDRESS: address, SESSION_KEY: sessionKey },
    OIDC_SCOPE: 'openid profile email roles',
    ...{ OIDC_UPLOAD_CLAIM: 'roles', OIDC_UPLOAD_VALUE: 'user' },
  };
}

function defaults(name: ServiceName, options: EnvironmentOptions): Record<string, string> {
  const { ports, folder, databaseUrls, inherited } = options;
  const origin = `http://${HOST}:${ports.gateway}`;
  const store: Record<string, string> = inherited.S3_ENDPOINT ? {} : { FILES_FOLDER: folder.files };
  const files = { ...store, EXTERNAL_ADDRESS: origin };
  const verification = {
    AUTH_ISSUER: origin,
    AUTH_JWKS_URL: `http://${HOST}:${ports.services.auth.port}/.well-known/jwks.json`,
  };
  const address = inherited.EXTERNAL_ADDRESS ?? origin;
  const duckdb = { DUCKDB_MEMORY_MB: '200', DUCKDB_THREADS: '2' };
  const byService: Record<ServiceName, Record<string, string>> = {
    auth: {
      ...{ EXTERNAL_ADDRESS: origin, KEY_ENCRYPTION_KEY: folder.secrets.keyEncryptionKey },
      PACKAGES_URL: `http://${HOST}:${ports.services['package-conductor'].port}`,
      DATA_SETS_URL: `http://${HOST}:${ports.services['read-api'].port}`,
      INSTALLED_APPS: `${UPLOADS}|Upload pages|${address}/_user/authorized`,
    },
    'write-api': {
      ...{ ...verification, ...uploadPages(address, options) },
      DATA_SETS_ADMIN_TOKEN: folder.secrets.dataSetsAdminToken,
    },
    'read-api': { ...verification, ...duckdb, ...store, CACHE_FOLDER: folder.cache },
    'package-conductor': { ...verification, ...files, FILES_SIGNING_KEY: folder.secrets.filesSigningKey },
    'package-worker': {
      ...{ ...files, ...duckdb, WORK_FOLDER: folder.work },
      DATA_SETS_DATABASE_URL: databaseUrls['write-api'],
    },
  };
  return byService[name];
}

/** The environment of one service of the local stack. */
export function serviceEnvironment(name: ServiceName, options: EnvironmentOptions): Record<string, string> {
  const { port, adminPort } = options.ports.services[name];
  const handedOn = Object.entries(options.inherited).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !OWN_VARIABLES.has(entry[0]),
  );
  const { SERVICE_HEAP_MB: heapMegabytes } = options.inherited;
  return {
    ...(heapMegabytes && { NODE_OPTIONS: `--max-old-space-size=${heapMegabytes}` }),
    TRUST_PROXY: '1',
    ...defaults(name, options),
    ...Object.fromEntries(handedOn),
    DATABASE_URL: options.databaseUrls[name],
    HOST,
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
  };
}
