import { createHash } from 'node:crypto';
import { jsonFor } from '@flyloft/data-sets-service';
import type { Request, Response } from 'express';

const NOTHING = createHash('sha1').digest('hex');

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => {
    const candidate = part.trim();
    return candidate === '*' || candidate.replace(/^W\//, '') === etag;
  });
}

/** Text that is to be sent whole, and the SHA-1 of its bytes. */
interface Tagged {
  readonly text: readonly Buffer[];
  readonly digest: string;
}

/** Text with its SHA-1, which may be sent again. */
export interface TaggedBody {
  readonly body: Buffer;
  readonly digest: string;
}

/**
 * Sends text with an ETag of its bytes. A match answers 304 whatever the status would have been, as the
 * original does even for a 400 (data-sets.md 1.1).
 */
function sendWithTag(
  req: Request,
  res: Response,
  status: number,
  type: string | undefined,
  { text, digest }: Tagged,
): void {
  const etag = `"${digest}"`;
  // Ranges of a text that is made anew each time would not fit together.
  res.setHeader('ETag', etag).setHeader('Accept-Ranges', 'none');
  if (matches(req.get('if-none-match'), etag)) {
    res.status(304).end();
    return;
  }
  const length = text.reduce((sum, piece) => sum + piece.length, 0);
  res.status(status).setHeader('Content-Length', length);
  if (type !== undefined) res.setHeader('Content-Type', type);
  for (const piece of text) res.write(piece);
  res.end();
}

export function tagged(text: string): TaggedBody {
  const body = Buffer.from(text);
  return { body, digest: createHash('sha1').update(body).digest('hex') };
}

export function sendTagged(
  req: Request,
  res: Response,
  status: number,
  type: string,
  { body, digest }: TaggedBody,
): void {
  sendWithTag(req, res, status, type, { text: [body], digest });
}

/** An answer without a body, which has a tag all the same. */
export function sendTaggedNothing(req: Request, res: Response): void {
  sendWithTag(req, res, 200, undefined, { text: [], digest: NOTHING });
}

/** The same for text that comes in pieces: it is held, because its tag goes before it, but not what it was made from. */
export async function sendTaggedPieces(
  req: Request,
  res: Response,
  type: string,
  pieces: AsyncIterable<string>,
): Promise<void> {
  const hash = createHash('sha1');
  const text: Buffer[] = [];
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    hash.update(bytes);
    text.push(bytes);
  }
  sendWithTag(req, res, 200, type, { text, digest: hash.digest('hex') });
}

export function sendTaggedJson(req: Request, res: Response, status: number, body: unknown): void {
  sendTagged(req, res, status, 'application/json', tagged(jsonFor(req, body)));
}
