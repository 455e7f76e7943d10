import { pipeline } from 'node:stream/promises';
import { renderNdjson } from '@flyloft/data-sets';
import type { Request, Response } from 'express';

type Pages = AsyncIterable<readonly unknown[]>;

async function* linesOf(first: readonly unknown[], others: AsyncIterator<readonly unknown[]>) {
  for (let page = first; ; ) {
    yield renderNdjson(page);
    const next = await others.next();
    if (next.done) return;
    page = next.value;
  }
}

/**
 * Sends records a page at a time, as fast as the caller reads: memory does not grow with the answer. What
 * goes wrong before the first page is thrown; after it, the connection is cut, so that nobody takes a
 * part for the whole.
 */
export async function sendRecords(req: Request, res: Response, pages: Pages): Promise<void> {
  const iterator = pages[Symbol.asyncIterator]();
  const first = await iterator.next();
  res.status(200).setHeader('Content-Type', 'application/x-ndjson');
  try {
    if (first.done || req.method === 'HEAD') res.end();
    else await pipeline(linesOf(first.value, iterator), res);
  } catch {
    res.destroy();
  } finally {
    await iterator.return?.();
  }
}
