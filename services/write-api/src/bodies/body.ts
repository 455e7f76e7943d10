import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createUnlinkedFile, type UnlinkedFile } from './unlinked-file.ts';

/** A body that has arrived whole: in memory when it is small, else on disk. */
export interface Body {
  readonly size: number;
  /** True for a body on disk. */
  readonly isLarge: boolean;
  /** Its bytes from the beginning, as often as asked. */
  readonly open: () => Readable;
  readonly bytes: () => Promise<Buffer>;
  /** SHA-256 in hexadecimal. */
  readonly fingerprint: () => Promise<string>;
  readonly close: () => Promise<void>;
}

export interface BodyReceiver {
  /** Takes a body in, as it comes or whole; whoever has it closes it. */
  readonly receive: (chunks: AsyncIterable<Buffer> | Buffer) => Promise<Body>;
}

/** A batch of 1,000 records is 200 kB. */
const MOST_IN_MEMORY = 1024 * 1024;

/** All small bodies together; while there are more, the next ones go to disk as well (reliability.md E7). */
const MOST_IN_MEMORY_TOGETHER = 16 * 1024 * 1024;

async function sha256(chunks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

function inMemory(bytes: Buffer, free: () => void): Body {
  const open = () => Readable.from([bytes], { objectMode: false });
  return {
    size: bytes.length,
    isLarge: false,
    open,
    bytes: async () => bytes,
    fingerprint: () => sha256(open()),
    close: async () => free(),
  };
}

function onDisk(file: UnlinkedFile, size: number): Body {
  return {
    size,
    isLarge: true,
    open: file.open,
    bytes: () => buffer(file.open()),
    fingerprint: () => sha256(file.open()),
    close: file.close,
  };
}

/** Takes bodies in, within one budget of memory for all of them. */
export function createBodyReceiver(): BodyReceiver {
  let used = 0;
  const isTooMuch = (size: number) => size > MOST_IN_MEMORY || used > MOST_IN_MEMORY_TOGETHER;
  const hold = (bytes: Buffer): Body => {
    let held = bytes.length;
    used += held;
    return inMemory(bytes, () => {
      used -= held;
      held = 0;
    });
  };
  return {
    receive: async (given) => {
      const isWhole = Buffer.isBuffer(given);
      if (isWhole && !isTooMuch(given.length)) return hold(given);
      const chunks = isWhole ? [given] : given;
      const waiting: Buffer[] = [];
      let size = 0;
      let held = 0;
      let file: UnlinkedFile | undefined;
      try {
        for await (const chunk of chunks) {
          size += chunk.length;
          if (file === undefined) {
            waiting.push(chunk);
            held += chunk.length;
            used += chunk.length;
          } else {
            await file.write(chunk);
          }
          if (file === undefined && isTooMuch(size)) {
            file = await createUnlinkedFile();
            for (const early of waiting.splice(0)) await file.write(early);
            used -= held;
            held = 0;
          }
        }
      } catch (error) {
        used -= held;
        await file?.close();
        throw error;
      }
      if (file !== undefined) return onDisk(file, size);
      used -= held;
      return hold(Buffer.concat(waiting));
    },
  };
}
