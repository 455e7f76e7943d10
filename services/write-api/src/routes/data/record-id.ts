import type { Request, Response } from 'express';
import { sendOutcome } from '../../http/send-outcome.ts';

/** The `:id` of the path; one that no engine can hold is the id of no record. */
export function recordIdOf(req: Request): string {
  const { id } = req.params;
  return typeof id === 'string' && !id.includes('\0') ? id : '';
}

/** 400, and a text where other refusals have a list, as in the original (data-sets.md 1.2). */
export function sendNoRecord(req: Request, res: Response): void {
  sendOutcome(req, res, 400, { messages: `No record found with id ${String(req.params.id)}` });
}
