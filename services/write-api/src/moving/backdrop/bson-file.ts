import type { DumpItem } from '@flyloft/data-sets';
import { deserialize } from 'bson';
import { openFile } from './open-file.ts';
import { plainDocument } from './plain-values.ts';

/** MongoDB's own limit is 16 MiB and a little for its own use. */
const LARGEST_DOCUMENT = 17 * 1024 * 1024;
const SMALLEST_DOCUMENT = 5;
const LENGTH_BYTES = 4;

function readDocument(bytes: Uint8Array): DumpItem {
  try {
    return { document: plainDocument(deserialize(bytes, { promoteValues: false })) };
  } catch (error) {
    return { reason: `not BSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** The documents of a file that mongodump wrote: one after the other, each beginning with its length. */
export async function* readBsonFile(path: string): AsyncGenerator<DumpItem> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of openFile(path)) {
    // a file's stream without encoding yields buffers
    rest = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let at = 0;
    while (rest.length - at >= LENGTH_BYTES) {
      const length = rest.readInt32LE(at);
      if (length < SMALLEST_DOCUMENT || length > LARGEST_DOCUMENT) {
        yield { reason: 'the file is broken here: the rest of it was not read' };
        return;
      }
      if (rest.length - at < length) break;
      yield readDocument(rest.subarray(at, at + length));
      at += length;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) yield { reason: 'the file ends within a document' };
}
