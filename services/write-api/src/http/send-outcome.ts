import { sendJson } from '@flyloft/data-sets-service';
import type { Request, Response } from 'express';

/** Sends the outcome of a write, which no cache may keep (data-sets.md 1.2). */
export function sendOutcome(req: Request, res: Response, status: number, body: unknown): void {
  res.setHeader('Cache-Control', 'no-cache');
  sendJson(req, res, status, body);
}
