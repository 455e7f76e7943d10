import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A file without a name: it is gone with its last handle, also when the process is killed. */
export interface UnlinkedFile {
  readonly write: (chunk: Buffer) => Promise<void>;
  /** From the beginning, as often as asked. */
  readonly open: () => Readable;
  readonly close: () => Promise<void>;
}

const CHUNK_BYTES = 64 * 1024;

/** Not by `createReadStream`: a reader that stops early would close the handle, which others use. */
async function* readFrom(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

export async function createUnlinkedFile(): Promise<UnlinkedFile> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-body-'));
  try {
    const file = await open(join(folder, 'body'), 'wx+', 0o600);
    return {
      write: async (chunk) => {
        await file.writeFile(chunk);
      },
      open: () => Readable.from(readFrom(file), { objectMode: false }),
      close: () => file.close(),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
