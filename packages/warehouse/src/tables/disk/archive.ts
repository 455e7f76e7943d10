import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Entry, open, type ZipFile } from 'yauzl';
import { LoadFailure } from '../../load-failure.ts';
import { MAX_ENTRIES, MAX_RATIO, RATIO_FREE_BYTES } from '../limits.ts';

/** A zip file whose entries were counted and found to be within the limits. */
export interface Archive {
  /** Paths of its files. */
  readonly names: readonly string[];
  /** An entry's bytes, undefined when there is none. It cannot hold more than it says. */
  read(name: string): Promise<Readable | undefined>;
  close(): void;
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true } as const;
    open(path, options, (error, zip) => (error ? reject(error) : resolve(zip)));
  });
}

function tooLarge(name: string, message: string): LoadFailure {
  return new LoadFailure('too_large', `"${name}" cannot be unpacked: ${message}.`, [
    { rule: 'archive', message },
  ]);
}

function checkSize(name: string, entry: Entry, total: number, count: number, maxBytes: number): void {
  if (count > MAX_ENTRIES) throw tooLarge(name, `it has more than ${MAX_ENTRIES} files`);
  if (total > maxBytes) throw tooLarge(name, `it unpacks to more than ${maxBytes} bytes`);
  const { uncompressedSize, compressedSize } = entry;
  if (uncompressedSize > RATIO_FREE_BYTES && uncompressedSize > compressedSize * MAX_RATIO) {
    throw tooLarge(name, `"${entry.fileName}" unpacks to more than ${MAX_RATIO} times its size`);
  }
}

function entriesOf(zip: ZipFile, name: string, maxBytes: number): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let total = 0;
  return new Promise((resolve, reject) => {
    zip.once('end', () => resolve(entries));
    zip.once('error', reject);
    zip.on('entry', (entry: Entry) => {
      total += entry.uncompressedSize;
      try {
        checkSize(name, entry, total, entries.size + 1, maxBytes);
      } catch (error) {
        reject(error);
        return;
      }
      entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
}

/** An entry's bytes, with a sentence for an entry that is damaged or holds other bytes than it says. */
function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  const message = `"${entry.fileName}" is damaged: it cannot be unpacked`;
  const damaged = () => new LoadFailure('resource_invalid', `${message}.`, [{ rule: 'archive', message }]);
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) return reject(damaged());
      const guarded = new PassThrough();
      stream.once('error', () => guarded.destroy(damaged()));
      guarded.once('close', () => stream.destroy());
      resolve(stream.pipe(guarded));
    });
  });
}

/**
 * Opens a zip file on this disk under limits.
 * @param name What to call it in a sentence.
 * @throws {LoadFailure} `too_large` for a bomb, `resource_invalid` for what is no zip file.
 */
export async function openArchive(path: string, name: string, maxBytes: number): Promise<Archive> {
  let zip: ZipFile | undefined;
  try {
    const opened = await openZip(path);
    zip = opened;
    const entries = await entriesOf(opened, name, maxBytes);
    return {
      names: [...entries.keys()].filter((entry) => !entry.endsWith('/')),
      read: async (entry) => {
        const found = entries.get(entry);
        return found === undefined ? undefined : openEntry(opened, found);
      },
      close: () => opened.close(),
    };
  } catch (error) {
    zip?.close();
    if (error instanceof LoadFailure) throw error;
    throw new LoadFailure('resource_invalid', `"${name}" is not a zip file that can be read.`);
  }
}

/**
 * Unpacks everything into nothing: what an entry says of its size is then known to be true.
 * @throws {LoadFailure} `resource_invalid`
 */
export async function verifyArchive(archive: Archive): Promise<void> {
  for (const entry of archive.names) {
    const stream = await archive.read(entry);
    if (stream !== undefined) await finished(stream.resume());
  }
}
