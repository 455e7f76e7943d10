import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BrokenUploadError, InvalidKeyError } from '../errors.ts';
import type { ExpectedContent } from '../object-store.ts';
import { verifyContent } from '../verify-content.ts';
import { codeOf, incomingFolder, objectPath } from './layout.ts';

async function syncFolder(folder: string): Promise<void> {
  // Windows has no such thing as syncing a folder.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Moves the finished file to its place; `remove` may take away an empty folder in between, hence the tries. */
async function moveIntoPlace(temporary: string, target: string, tries = 5): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    await rename(temporary, target);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && tries > 1) return moveIntoPlace(temporary, target, tries - 1);
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'ENOTEMPTY') {
      throw new InvalidKeyError('The key names a folder of other objects, or lies under another object');
    }
    throw error;
  }
}

/** What ended the source's stream early is the sender's doing, not ours. */
function asBroken(error: unknown): unknown {
  const code = codeOf(error);
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE'
    ? new BrokenUploadError('The upload was cut off')
    : error;
}

/** Stores all of the content or nothing: a temporary file, verified while it is written, synced, renamed. */
export async function writeObject(
  folder: string,
  key: string,
  content: Readable,
  expected: ExpectedContent,
): Promise<void> {
  const temporary = join(incomingFolder(folder), randomUUID());
  const target = objectPath(folder, key);
  await mkdir(dirname(temporary), { recursive: true });
  // Opened before anything is read: a stream that opens its file itself may do so after it was removed below.
  const file = await open(temporary, 'wx');
  try {
    await pipeline(content, verifyContent(expected), file.createWriteStream({ flush: true }));
    await moveIntoPlace(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asBroken(error);
  }
  await syncFolder(dirname(target));
}
