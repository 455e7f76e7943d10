import { renderJson } from '@flyloft/data-sets';
import type { Request, Response } from 'express';

/** Sends JSON in the original's form: sorted keys, indented unless a script asks (data-sets.md 1.0). */
export function sendJson(req: Request, res: Response, status: number, body: unknown): void {
  const compact = req.get('x-requested-with') === 'XMLHttpRequest';
  res.status(status).setHeader('Content-Type', 'application/json');
  res.end(renderJson(body, { compact }));
}

/** The same for the outcome of a write, which no cache may keep (data-sets.md 1.2). */
export function sendOutcome(req: Request, res: Response, status: number, body: unknown): void {
  res.setHeader('Cache-Control', 'no-cache');
  sendJson(req, res, status, body);
}
