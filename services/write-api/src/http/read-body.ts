import { problem } from '@flyloft/common';
import express, { type Request, type RequestHandler } from 'express';

/** What a gzipped body may hold once it is unpacked (data-sets.md 1.2). */
const MOST_UNPACKED_BYTES = 10 * 1024 * 1024;

function isGzip(req: Request): boolean {
  return (req.get('content-encoding') ?? '').includes('gzip');
}

/** True when the body is declared to be JSON: exactly `application/json`, with or without parameters. */
export function isJson(req: Request): boolean {
  const [type = ''] = (req.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase() === 'application/json';
}

/**
 * Reads a body's bytes, never more than its limit: a gzipped one is counted while it is unpacked, so a
 * small bomb takes no more memory than an honest body. Afterwards `bodyText` has it.
 */
export function readBody(maxBytes: number): RequestHandler {
  const plain = express.raw({ type: () => true, limit: maxBytes, inflate: false });
  const gzipped = express.raw({ type: () => true, limit: MOST_UNPACKED_BYTES, inflate: true });
  return (req, res, next) => (isGzip(req) ? gzipped : plain)(req, res, next);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws {ProblemError} 400 for an empty body, or one that is not UTF-8. */
export function bodyText(req: Request): string {
  const body: unknown = req.body;
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw problem('invalid_json', 'Expected JSON request body but received zero bytes.');
  }
  try {
    return utf8.decode(body);
  } catch (cause) {
    throw problem('invalid_json', 'Error parsing JSON: "The body is not UTF-8"', { cause });
  }
}
