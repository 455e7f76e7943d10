import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileBytes } from '../csv-source.ts';

const CHUNK_BYTES = 1_048_576;

/** The bytes of a file on this disk. */
export function fileBytes(path: string): FileBytes {
  return {
    path,
    first: async (length) => {
      const file = await open(path);
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },
    chunks: () => createReadStream(path, { highWaterMark: CHUNK_BYTES }),
  };
}
