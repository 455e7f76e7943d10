import { Client } from 'pg';
import type { Engine } from '../engines/engine.ts';
import { startPostgres } from '../engines/postgres.ts';
import { startGateway } from '../gateway/start-gateway.ts';
import { ensureAdministrator } from './administrator.ts';
import type { DataFolder } from './data-folder.ts';
import { createDatabaseRoles } from './database-roles.ts';
import { ExpectedError } from './expected-error.ts';
import { migratePlatform } from './migrate-platform.ts';
import {
  chosenStores,
  describePlatform,
  type PlatformDescription,
  removePlatformFile,
  writePlatformFile,
} from './platform-file.ts';
import { HOST, type Ports } from './ports.ts';
import { prepareFiles } from './prepare-files.ts';
import { serviceEnvironment } from './service-environment.ts';
import { type CrashReport, type ServiceProcess, startServiceProcess } from './service-process.ts';
import { DATABASE_ROLES, SERVICES, type ServiceName } from './services.ts';

export interface PlatformOptions {
  readonly folder: DataFolder;
  readonly ports: Ports;
  /** The launcher's environment: DATABASE_URL, MONGO_URL, REDIS_URL and every service's variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly restartCrashed: boolean;
  readonly watch: boolean;
  /** Told of each step as it begins; the answer is called when the step is done. */
  readonly onStep: (label: string) => () => void;
  readonly onCrash: (report: CrashReport) => void;
  readonly onDatabaseEnd: (how: string) => void;
}

export interface Platform {
  readonly description: PlatformDescription;
  readonly stop: () => Promise<void>;
}

const DATABASE = 'flyloft';

async function createDatabase(serverUrl: string): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${DATABASE}`;
  return url.href;
}

/** The embedded database with a role for each service, or the one that DATABASE_URL names, as it is. */
async function openDatabase(options: PlatformOptions, stoppers: (() => Promise<void>)[]) {
  const given = options.environment.DATABASE_URL;
  if (given) {
    await migratePlatform(given).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message || String(cause) : String(cause);
      throw new ExpectedError(`The database that DATABASE_URL names cannot be used: ${reason}`, { cause });
    });
    const same = Object.fromEntries(Object.keys(DATABASE_ROLES).map((name) => [name, given]));
    // DATABASE_ROLES has every service as a key
    return same as Record<ServiceName, string>;
  }
  const password = options.folder.secrets.databasePassword;
  const postgres: Engine = await startPostgres({
    dataFolder: options.folder.database,
    port: options.ports.database,
    password,
    settings: { max_connections: '200' },
  });
  let stopping = false;
  stoppers.push(() => {
    stopping = true;
    return postgres.stop();
  });
  void postgres.ended.then(({ code, signal }) => {
    if (!stopping) options.onDatabaseEnd(signal === null ? `exit status ${code}` : `signal ${signal}`);
  });
  const url = await createDatabase(postgres.url);
  await migratePlatform(url);
  return createDatabaseRoles(url, password);
}

function serviceUrls(ports: Ports): Record<ServiceName, string> {
  return Object.fromEntries(
    SERVICES.map((name) => [name, `http://${HOST}:${ports.services[name].port}`]),
    // SERVICES is the list of all service names
  ) as Record<ServiceName, string>;
}

function isSignInLink({ origin, signInUrl }: PlatformDescription, address: string): boolean {
  return signInUrl !== undefined && new URL(signInUrl).href === new URL(address, origin).href;
}

/** The link works once: `platform.json` names it only while it is unused. */
function forgetSignInLink(
  folder: DataFolder,
  { signInUrl: _used, ...rest }: PlatformDescription,
): Promise<void> {
  return writePlatformFile(folder.platformFile, rest);
}

/**
 * Starts everything: database, migrations, administrator, services, gateway; then says where it is in
 * `platform.json`. When any of it fails, what was started is stopped again.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { folder, ports, onStep } = options;
  const stoppers: (() => Promise<void>)[] = [];
  const stop = async () => {
    await removePlatformFile(folder.platformFile);
    for (const stopOne of stoppers.splice(0).reverse()) await stopOne();
  };
  try {
    let done = onStep(options.environment.DATABASE_URL ? 'Preparing the database' : 'Starting the database');
    const databaseUrls = await openDatabase(options, stoppers);
    await prepareFiles(options.environment);
    const environmentOf = (name: ServiceName) =>
      serviceEnvironment(name, { ports, folder, databaseUrls, inherited: options.environment });
    const administrator = await ensureAdministrator(folder, environmentOf('auth'));
    done();

    done = onStep('Starting the services');
    const started = await Promise.allSettled(
      SERVICES.map((name) =>
        startServiceProcess({
          name,
          environment: environmentOf(name),
          adminUrl: `http://${HOST}:${ports.services[name].adminPort}`,
          logFolder: folder.logs,
          restart: options.restartCrashed,
          watch: options.watch,
          onCrash: options.onCrash,
        }),
      ),
    );
    const running = started.filter(
      (one): one is PromiseFulfilledResult<ServiceProcess> => one.status === 'fulfilled',
    );
    stoppers.push(async () => {
      await Promise.all(running.map(({ value }) => value.stop()));
    });
    const failed = started.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const description = describePlatform(ports, chosenStores(options.environment), administrator);
    const gateway = await startGateway(ports.gateway, serviceUrls(ports), (method, address, status) => {
      const used = method === 'GET' && status < 400 && isSignInLink(description, address);
      if (used) void forgetSignInLink(folder, description);
    });
    stoppers.push(gateway.stop);
    await writePlatformFile(folder.platformFile, description);
    done();
    return { description, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
