import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { browserLibrary } from '../../browser/library.ts';

/** GET `/user/lib`: the browser module, which pages of every origin may load (auth.md A2). */
export function libraryEndpoint(origin: string): Endpoint {
  const library = browserLibrary(origin);
  const handler: RequestHandler = (_req, res) => {
    res.set({ 'Access-Control-Allow-Origin': '*', 'Cross-Origin-Resource-Policy': 'cross-origin' });
    res.set('Cache-Control', 'public, max-age=3600').type('text/javascript').send(library);
  };
  return {
    method: 'get',
    path: '/user/lib',
    tag: 'sign-in',
    summary: 'A browser module without dependencies',
    answers: { 200: { description: 'An ES module', contentType: 'text/javascript', schema: z.string() } },
    handlers: [handler],
  };
}
