import { createNdjsonRenderer } from '@flyloft/data-sets';
import type { Request, Response } from 'express';
import { sendParts } from './send-parts.ts';

type Pages = AsyncIterable<readonly unknown[]>;

async function* linesOf(pages: Pages) {
  const render = createNdjsonRenderer();
  for await (const page of pages) yield render(page);
}

/** Sends records a page at a time (see `sendParts`). */
export async function sendRecords(req: Request, res: Response, pages: Pages): Promise<void> {
  await sendParts(req, res, { 'Content-Type': 'application/x-ndjson' }, linesOf(pages));
}
