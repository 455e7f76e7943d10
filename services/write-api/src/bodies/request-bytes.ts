import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { problem } from '@flyloft/common';
import type { Request } from 'express';

/** What a gzipped body may hold once it is unpacked (data-sets.md 1.2). */
const MOST_UNPACKED_BYTES = 10 * 1024 * 1024;

function isGzip(req: Request): boolean {
  return (req.get('content-encoding') ?? '').includes('gzip');
}

/** The request unpacked; it stays open when the reader stops early, so that it can still be answered. */
function unpacked(req: Request): AsyncIterable<Buffer> {
  if (!isGzip(req)) return req.iterator({ destroyOnReturn: false });
  const gunzip = createGunzip();
  req.once('error', (error) => gunzip.destroy(error));
  return req.pipe(gunzip);
}

function refusalOfBroken(req: Request, error: unknown): Error {
  if (req.destroyed && !req.complete)
    return problem('bad_request', 'The request was cut off', { cause: error });
  return problem('bad_request', 'The body is not gzip', { cause: error });
}

function tooLarge(limit: number): Error {
  return problem('too_large', `The body holds more than ${limit} bytes`);
}

/** Bodies of up to this size have mostly come in one piece with their headers. */
const SMALL = 16 * 1024;

/**
 * The body of a request that has arrived whole, as small ones have; undefined: not yet, or it is to be unpacked. A
 * stream's own iterator costs a small request more than all else that is done with its body.
 * @throws {ProblemError} 413 over the limit.
 */
export async function arrivedBody(req: Request, maxBytes: number): Promise<Buffer | undefined> {
  if (isGzip(req)) return undefined;
  // Node reads the headers, calls us, and then reads on in the same piece.
  if (!req.complete && Number(req.get('content-length')) <= SMALL) await setImmediate();
  if (!req.complete) return undefined;
  if (req.readableLength > maxBytes) throw tooLarge(maxBytes);
  // without an encoding a request gives buffers, and everything it holds at once
  return (req.read() as Buffer | null) ?? Buffer.alloc(0);
}

/**
 * The bytes of a body, unpacked and counted while they arrive: a small bomb takes no more memory than
 * an honest body.
 * @throws {ProblemError} 413 over the limit, 400 when the body is cut off or is not gzip.
 */
export async function* requestBytes(req: Request, maxBytes: number): AsyncGenerator<Buffer> {
  const limit = isGzip(req) ? Math.min(maxBytes, MOST_UNPACKED_BYTES) : maxBytes;
  if (!isGzip(req) && Number(req.get('content-length')) > limit) throw tooLarge(limit);
  let size = 0;
  const counted = (chunk: Buffer): Buffer => {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    return chunk;
  };
  const source = unpacked(req)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await source.next().catch((error: unknown) => {
        throw refusalOfBroken(req, error);
      });
      if (next.done) return;
      yield counted(next.value);
    }
  } finally {
    await source.return?.();
  }
}
