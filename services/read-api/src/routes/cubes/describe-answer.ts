import { createHash } from 'node:crypto';
import type { FoundCube, RegisteredPackage } from '@flyloft/registry';
import type { Request, Response } from 'express';
import { badParameter } from './bad-parameter.ts';

/** Harmless CSV is the default where a browser would hand it to a spreadsheet (cubes.md A). */
export function isSafe(req: Request): boolean {
  const { safe } = req.query;
  if (safe === undefined || safe === '') {
    return req.get('sec-fetch-dest') === 'document' || /^\s*text\/html/.test(req.get('accept') ?? '');
  }
  if (safe !== '1' && safe !== 'true' && safe !== '0' && safe !== 'false') {
    badParameter('safe', 'is neither 1 nor 0');
  }
  return safe === '1' || safe === 'true';
}

/** Changes with the load, with anything said about the package, and with the question. */
export function etagOf(req: Request, { cube, package: registered }: FoundCube): string {
  const { jwt: _secret, ...query } = req.query;
  const version = [cube.file, registered.version, registered.lastUpdate, registered.private];
  const question = JSON.stringify([version, req.path, query, isSafe(req)]);
  return `"${createHash('sha256').update(question).digest('base64url')}"`;
}

/** What caches may do with an answer about a package. */
export function cachingHeaders(registered: RegisteredPackage, etag?: string): Record<string, string> {
  return {
    'Cache-Control': registered.private || registered.hidden ? 'private, no-cache' : 'public, no-cache',
    Vary: 'Authorization, Accept, Sec-Fetch-Dest',
    ...(etag === undefined ? {} : { ETag: etag }),
  };
}

export function hasAlready(req: Request, etag: string): boolean {
  const sent = req.get('if-none-match');
  return sent?.split(',').some((part) => [etag, '*'].includes(part.trim().replace(/^W\//, ''))) ?? false;
}

/** Aborted when the caller has gone. */
export function goneSignal(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once('close', () => controller.abort());
  return controller.signal;
}
