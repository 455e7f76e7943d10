import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';

/** How long a caller may read nothing before the answer is given up: it holds what the answer is made from. */
const STALLED_MILLISECONDS = 60_000;

async function* withFirst(first: string, others: AsyncIterator<string>) {
  for (let part = first; ; ) {
    yield part;
    const next = await others.next();
    if (next.done) return;
    part = next.value;
  }
}

/**
 * Sends text a part at a time, as fast as the caller reads: memory does not grow with the answer. What
 * goes wrong before the first part is thrown; after it, the connection is cut, so that nobody takes a
 * part for the whole.
 */
export async function sendParts(
  req: Request,
  res: Response,
  headers: Readonly<Record<string, string>>,
  parts: AsyncIterable<string>,
): Promise<void> {
  const iterator = parts[Symbol.asyncIterator]();
  try {
    const first = await iterator.next();
    res
      .status(200)
      .set(headers)
      .setTimeout(STALLED_MILLISECONDS, () => res.destroy());
    if (first.done || req.method === 'HEAD') res.end();
    else await pipeline(withFirst(first.value, iterator), res).catch(() => res.destroy());
  } finally {
    await iterator.return?.();
  }
}
