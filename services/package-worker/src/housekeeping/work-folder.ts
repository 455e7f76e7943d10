import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const NAME = /^worker-(\d+)-[0-9a-f]+$/;

function isAlive(pid: number): boolean {
  try {
    // signal 0 only asks
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

/** Makes a folder of this process alone, and removes those of processes that are gone. */
export async function openWorkFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(parent, name), { recursive: true, force: true });
  }
  const folder = resolve(parent, `worker-${process.pid}-${randomBytes(4).toString('hex')}`);
  await mkdir(folder);
  return folder;
}
