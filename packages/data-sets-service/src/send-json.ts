import { renderJson } from '@flyloft/data-sets';
import type { Request, Response } from 'express';

/** A script asks for JSON without blanks (data-sets.md 1.0). */
export function isCompact(req: Request): boolean {
  return req.get('x-requested-with') === 'XMLHttpRequest';
}

/** JSON in the original's form: sorted keys, indented unless a script asks. */
export function jsonFor(req: Request, body: unknown): string {
  return renderJson(body, { compact: isCompact(req) });
}

export function sendJson(req: Request, res: Response, status: number, body: unknown): void {
  res.status(status).setHeader('Content-Type', 'application/json');
  res.end(jsonFor(req, body));
}
