import { createGunzip } from 'node:zlib';
import { problem } from '@flyloft/common';
import type { Request } from 'express';

/** What a gzipped body may hold once it is unpacked (data-sets.md 1.2). */
const MOST_UNPACKED_BYTES = 10 * 1024 * 1024;

function isGzip(req: Request): boolean {
  return (req.get('content-encoding') ?? '').includes('gzip');
}

/** The bytes that have arrived already: of a small body nearly always all of it. */
function* arrived(req: Request): Generator<Buffer> {
  // without an encoding a request gives buffers
  for (let chunk = req.read() as Buffer | null; chunk !== null; chunk = req.read() as Buffer | null)
    yield chunk;
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

/**
 * The bytes of a body, unpacked and counted while they arrive: a small bomb takes no more memory than
 * an honest body.
 * @throws {ProblemError} 413 over the limit, 400 when the body is cut off or is not gzip.
 */
export async function* requestBytes(req: Request, maxBytes: number): AsyncGenerator<Buffer> {
  const limit = isGzip(req) ? Math.min(maxBytes, MOST_UNPACKED_BYTES) : maxBytes;
  const tooLarge = () =>
    problem('too_large', `The body holds more than ${limit} bytes`, { headers: { Connection: 'close' } });
  if (!isGzip(req) && Number(req.get('content-length')) > limit) throw tooLarge();
  let size = 0;
  const counted = (chunk: Buffer): Buffer => {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    return chunk;
  };
  if (!isGzip(req)) {
    // A stream's own iterator costs a small request more than all else that is done with its body.
    for (const chunk of arrived(req)) yield counted(chunk);
    if (req.complete && req.readableLength === 0) return;
  }
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
