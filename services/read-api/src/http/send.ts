import { createHash } from 'node:crypto';
import { renderJson } from '@flyloft/data-sets';
import type { Request, Response } from 'express';

/** JSON in the original's form: sorted keys, indented unless a script asks (data-sets.md 1.0). */
function jsonFor(req: Request, body: unknown): string {
  return renderJson(body, { compact: req.get('x-requested-with') === 'XMLHttpRequest' });
}

export function sendJson(req: Request, res: Response, status: number, body: unknown): void {
  res.status(status).setHeader('Content-Type', 'application/json');
  res.end(jsonFor(req, body));
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => {
    const candidate = part.trim();
    return candidate === '*' || candidate.replace(/^W\//, '') === etag;
  });
}

/**
 * Sends text with an ETag of its bytes. A match answers 304 whatever the status would have been, as the
 * original does even for a 400 (data-sets.md 1.1).
 */
export function sendTagged(req: Request, res: Response, status: number, type: string, text: string): void {
  const etag = `"${createHash('sha1').update(text).digest('hex')}"`;
  res.setHeader('ETag', etag);
  if (matches(req.get('if-none-match'), etag)) {
    res.status(304).end();
    return;
  }
  res.status(status).setHeader('Content-Type', type);
  res.end(text);
}

export function sendTaggedJson(req: Request, res: Response, status: number, body: unknown): void {
  sendTagged(req, res, status, 'application/json', jsonFor(req, body));
}
