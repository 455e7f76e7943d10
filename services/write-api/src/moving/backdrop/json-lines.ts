import { createInterface } from 'node:readline';
import type { DumpItem } from '@flyloft/data-sets';
import { EJSON } from 'bson';
import { openFile } from './open-file.ts';
import { plainDocument } from './plain-values.ts';

function readLine(line: string): DumpItem {
  if (line.startsWith('[')) return { reason: 'a JSON array: export again without --jsonArray' };
  try {
    // Not relaxed: 64-bit integers and decimals keep their digits.
    const value: unknown = EJSON.parse(line, { relaxed: false });
    if (typeof value !== 'object' || value === null) return { reason: 'not a JSON object' };
    // narrowed to an object above
    return { document: plainDocument(value as Record<string, unknown>) };
  } catch (error) {
    return { reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The documents of a file that mongoexport wrote: one a line, in MongoDB's Extended JSON, v1 or v2. */
export async function* readJsonLines(path: string): AsyncGenerator<DumpItem> {
  const file = openFile(path);
  const lines = createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY });
  // readline does not hand on the errors of its input.
  const failure = new Promise<never>((_resolve, reject) => file.once('error', reject));
  failure.catch(() => lines.close());
  for await (const line of lines) {
    if (line.trim() !== '') yield readLine(line);
  }
  if (file.errored) throw file.errored;
}
