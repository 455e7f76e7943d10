import { rename, rm, writeFile } from 'node:fs/promises';
import { HOST, type Ports } from './ports.ts';

/** What `platform.json` says while the platform runs (mode 0600: it holds the administrator's token). */
export interface PlatformDescription {
  readonly origin: string;
  readonly auth: { readonly url: string };
  readonly writeApi: { readonly url: string };
  readonly readApi: { readonly url: string };
  readonly conductor: { readonly url: string };
  readonly worker: { readonly adminUrl: string };
  readonly adminToken: string;
  /** The administrator's one-time sign-in link, while it is unused. */
  readonly signInUrl?: string;
  readonly stores: {
    readonly dataSets: 'postgres' | 'mongo';
    readonly queue: 'postgres' | 'redis';
    readonly files: 'disk' | 's3';
  };
}

/** Which adapter each port uses, as the services decide it from the same variables. */
export function chosenStores(
  environment: Readonly<Record<string, string | undefined>>,
): PlatformDescription['stores'] {
  return {
    dataSets: environment.MONGO_URL ? 'mongo' : 'postgres',
    queue: environment.REDIS_URL ? 'redis' : 'postgres',
    files: environment.S3_ENDPOINT ? 's3' : 'disk',
  };
}

export function describePlatform(
  ports: Ports,
  stores: PlatformDescription['stores'],
  administrator: { readonly token: string; readonly signInUrl?: string },
): PlatformDescription {
  const url = (port: number) => `http://${HOST}:${port}`;
  const { services } = ports;
  return {
    origin: url(ports.gateway),
    auth: { url: url(services.auth.port) },
    writeApi: { url: url(services['write-api'].port) },
    readApi: { url: url(services['read-api'].port) },
    conductor: { url: url(services['package-conductor'].port) },
    worker: { adminUrl: url(services['package-worker'].adminPort) },
    adminToken: administrator.token,
    ...(administrator.signInUrl === undefined ? {} : { signInUrl: administrator.signInUrl }),
    stores,
  };
}

export async function writePlatformFile(path: string, description: PlatformDescription): Promise<void> {
  // Written whole, then renamed: whoever waits for the file never reads half of it.
  await writeFile(`${path}.new`, `${JSON.stringify(description, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export function removePlatformFile(path: string): Promise<void> {
  return rm(path, { force: true });
}
