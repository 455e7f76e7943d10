import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CopyEntry, type CopyProgress, copyProgressSchema } from '@flyloft/data-sets';

async function readEntries(path: string): Promise<Record<string, CopyEntry>> {
  try {
    return copyProgressSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new Error(`${path} is not the progress of a copy; name another with --progress`, { cause: error });
  }
}

/** A file that is replaced as a whole with each step, so that a kill leaves the last step or the one before. */
export async function openProgressFile(
  path: string,
): Promise<CopyProgress & { readonly remove: () => Promise<void> }> {
  const entries = await readEntries(path);
  await mkdir(dirname(path), { recursive: true });
  return {
    read: async () => ({ ...entries }),
    write: async (name, entry) => {
      entries[name] = entry;
      await writeFile(`${path}.new`, JSON.stringify(entries), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
    remove: () => rm(path, { force: true }),
  };
}
