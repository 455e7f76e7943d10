import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { BackdropDump, DumpItem } from '@flyloft/data-sets';
import { readBsonFile } from './bson-file.ts';
import { readJsonLines } from './json-lines.ts';

const FORMATS: readonly {
  readonly ending: RegExp;
  readonly read: (path: string) => AsyncIterable<DumpItem>;
}[] = [
  { ending: /\.bson(\.gz)?$/, read: readBsonFile },
  { ending: /\.(json|jsonl|ndjson)(\.gz)?$/, read: readJsonLines },
];

/** What mongodump writes beside the data, and MongoDB's own collections. */
const NOT_DATA = /\.metadata\.json(\.gz)?$|^(system\.|prelude\.json|oplog\.)/;

/** A file that cannot be read to its end is one more thing to tell: the other collections are taken all the same. */
async function* untilBroken(items: AsyncIterable<DumpItem>): AsyncGenerator<DumpItem> {
  try {
    yield* items;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    yield { reason: `from here on the file cannot be read: ${reason}` };
  }
}

async function readConfigurations(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: it should hold the configurations of the data sets`, { cause });
  });
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause });
  }
}

/** Finds the collections of a dump. A name that is there twice is an error: which one is right? */
export async function readDump(folder: string, configurationsPath: string): Promise<BackdropDump> {
  const configurations = await readConfigurations(configurationsPath);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const collections = new Map<string, () => AsyncIterable<DumpItem>>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const format = FORMATS.find(({ ending }) => ending.test(entry.name));
    const isOther =
      !entry.isFile() || NOT_DATA.test(entry.name) || resolve(path) === resolve(configurationsPath);
    if (format === undefined || isOther) continue;
    const name = collectionName(basename(entry.name).replace(format.ending, ''));
    if (collections.has(name)) throw new Error(`${folder} holds the collection "${name}" twice`);
    collections.set(name, () => untilBroken(format.read(path)));
  }
  return { configurations, collections };
}

/** mongodump escapes what file names cannot hold as in a URL. */
function collectionName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
