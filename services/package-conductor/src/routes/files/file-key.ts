import type { Request } from 'express';

/** The key behind `/files/*key`: Express gives the decoded parts of a wildcard as a list. */
export function keyOf(req: Request): string {
  const { key } = req.params;
  return Array.isArray(key) ? key.join('/') : (key ?? '');
}
