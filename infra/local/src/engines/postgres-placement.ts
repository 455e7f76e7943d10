import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { SystemUser } from './postgres-user.ts';

/** Where root keeps what the user `postgres` must reach. */
const SHARED_FOLDER = '/var/lib/flyloft';

/** Whether a user can get to a path: every folder above it must let others through (or be theirs). */
function isReachable(path: string, user: SystemUser): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid } = statSync(folder);
      if ((mode & 0o001) === 0 && uid !== user.uid) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}

function sharedFolder(): string {
  mkdirSync(SHARED_FOLDER, { recursive: true });
  chmodSync(SHARED_FOLDER, 0o755);
  return SHARED_FOLDER;
}

/** The program files, copied once to where the user can run them, when npm's folder is closed to them. */
export function reachablePrograms(native: string, user: SystemUser | undefined): string {
  if (user === undefined || isReachable(join(native, 'bin'), user)) return native;
  const name = createHash('sha256').update(native).digest('hex').slice(0, 12);
  const copy = join(sharedFolder(), `postgres-${name}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.${process.pid}`;
    cpSync(native, unfinished, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(unfinished, copy);
    } catch {
      // Another start was faster.
      rmSync(unfinished, { recursive: true });
    }
  }
  return copy;
}

/**
 * The cluster's folder, or one that stands in for it when the user cannot get there (a checkout in
 * root's home, for instance). A small file beside the wanted folder remembers which.
 */
export function reachableDataFolder(wanted: string, user: SystemUser | undefined): string {
  if (user === undefined || isReachable(wanted, user)) return wanted;
  const pointer = `${wanted}.location`;
  if (existsSync(pointer)) return readFileSync(pointer, 'utf8').trim();
  const folder = join(sharedFolder(), `data-${randomBytes(6).toString('hex')}`);
  mkdirSync(dirname(wanted), { recursive: true });
  writeFileSync(pointer, `${folder}\n`);
  return folder;
}
