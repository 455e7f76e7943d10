import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ExpectedError } from './expected-error.ts';

/** What the local stack makes up once and keeps: nobody has to think of a password. */
export interface Secrets {
  readonly databasePassword: string;
  readonly keyEncryptionKey: string;
  readonly filesSigningKey: string;
  readonly dataSetsAdminToken: string;
  /** The first administrator's token and one-time sign-in link, once they exist. */
  readonly administrator?: { readonly token: string; readonly signInUrl?: string };
}

/** The folder that holds all of a local platform's data, `.flyloft/` by default. */
export interface DataFolder {
  readonly path: string;
  readonly database: string;
  readonly files: string;
  readonly cache: string;
  readonly work: string;
  readonly logs: string;
  readonly platformFile: string;
  readonly secrets: Secrets;
  readonly saveSecrets: (secrets: Secrets) => Promise<void>;
  readonly unlock: () => Promise<void>;
}

async function writePrivately(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, content, { mode: 0o600 });
  await rename(temporary, path);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** One platform to a data folder: two would share a database and overwrite each other's files. */
async function lock(path: string): Promise<() => Promise<void>> {
  const file = join(path, 'flyloft.pid');
  for (;;) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const pid = Number(readFileSync(file, 'utf8'));
      if (Number.isInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid)) {
        throw new ExpectedError(
          `Another Flyloft (process ${pid}) already uses ${path}.\n` +
            'Stop it, or give this one a folder of its own: npm start -- --data DIR',
        );
      }
      await rm(file, { force: true });
    }
  }
}

async function readSecrets(file: string): Promise<Secrets> {
  try {
    // written by saveSecrets alone, in a file only we can read
    return JSON.parse(await readFile(file, 'utf8')) as Secrets;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const random = () => randomBytes(32).toString('hex');
  const secrets: Secrets = {
    databasePassword: random(),
    keyEncryptionKey: randomBytes(32).toString('base64'),
    filesSigningKey: random(),
    dataSetsAdminToken: random(),
  };
  await writePrivately(file, `${JSON.stringify(secrets, undefined, 2)}\n`);
  return secrets;
}

/**
 * Opens (or makes) the data folder and locks it for this process.
 * @throws {ExpectedError} when it cannot be written, or another platform runs in it.
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const path = resolve(folder);
  const inside = (name: string) => join(path, name);
  let unlock: () => Promise<void>;
  try {
    await mkdir(path, { recursive: true });
    unlock = await lock(path);
    for (const name of ['files', 'cache', 'work', 'logs']) await mkdir(inside(name), { recursive: true });
    // The database may run as another user, who has to get through but not to look around.
    await chmod(path, 0o711);
    for (const name of ['files', 'cache', 'work', 'logs']) await chmod(inside(name), 0o700);
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ExpectedError(
      `The data folder ${path} cannot be written (${reason}).\nChoose another: npm start -- --data DIR`,
    );
  }
  return {
    path,
    database: inside('postgres'),
    files: inside('files'),
    cache: inside('cache'),
    work: inside('work'),
    logs: inside('logs'),
    platformFile: inside('platform.json'),
    secrets: await readSecrets(inside('secrets.json')),
    saveSecrets: (secrets) =>
      writePrivately(inside('secrets.json'), `${JSON.stringify(secrets, undefined, 2)}\n`),
    unlock,
  };
}
