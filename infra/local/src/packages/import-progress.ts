import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExpectedError } from '../platform/expected-error.ts';
import { repositoryRoot } from '../platform/repository-root.ts';

/** What has become of one package: done, or refused and why. */
export interface ImportEntry {
  /** Of the descriptor and of the sizes and times of the files: another means that it is tried again. */
  readonly fingerprint: string;
  readonly outcome: 'done' | 'refused';
  readonly rows?: number;
  readonly code?: string;
  readonly reason?: string;
}

/** What an import has done so far, kept in a file. */
export interface ImportProgress {
  readonly path: string;
  entryOf(name: string): ImportEntry | undefined;
  keep(name: string, entry: ImportEntry): Promise<void>;
}

async function readEntries(path: string): Promise<Map<string, ImportEntry>> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return new Map();
  try {
    // our own file
    return new Map(Object.entries(JSON.parse(text) as Record<string, ImportEntry>));
  } catch (error) {
    throw new ExpectedError(
      `${path} is not the progress of an import: remove it, or name another with --progress.`,
      { cause: error },
    );
  }
}

/** The file for a folder, a platform and whose the packages become, unless one was named. */
export function progressPath(folder: string, origin: string, isMine: boolean): string {
  const hash = createHash('sha256').update(`${folder} ${origin} ${isMine}`).digest('hex').slice(0, 16);
  return join(repositoryRoot, '.flyloft', `import-${hash}.json`);
}

/** The file is replaced as a whole with each step: a kill leaves the last step or the one before. */
export async function openImportProgress(path: string): Promise<ImportProgress> {
  const entries = await readEntries(path);
  await mkdir(dirname(path), { recursive: true });
  let writing: Promise<void> = Promise.resolve();
  const write = async () => {
    await writeFile(`${path}.new`, JSON.stringify(Object.fromEntries(entries), undefined, 1), {
      mode: 0o600,
    });
    await rename(`${path}.new`, path);
  };
  return {
    path,
    entryOf: (name) => entries.get(name),
    keep: (name, entry) => {
      entries.set(name, entry);
      writing = writing.then(write);
      return writing;
    },
  };
}
