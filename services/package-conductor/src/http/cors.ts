import type { RequestHandler } from 'express';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const DEFAULT_HEADERS =
  'Authorization, Auth-Token, API-Key, Content-Type, Content-MD5, Idempotency-Key, Last-Event-ID, Range';
const EXPOSED =
  'Accept-Ranges, Content-Length, Content-Range, ETag, Idempotency-Replayed, Location, X-Request-Id, X-Total-Count';
const PREFLIGHT_SECONDS = '86400';

/**
 * Any origin, without credentials: tokens travel in headers and parameters, never in cookies
 * (packages.md A6). Answers preflights itself, because browsers send them before a PUT or a token.
 */
export const cors: RequestHandler = (req, res, next) => {
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Access-Control-Expose-Headers', EXPOSED);
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  if (req.method !== 'OPTIONS' || req.get('access-control-request-method') === undefined) {
    next();
    return;
  }
  res
    .set({
      'Access-Control-Allow-Methods': METHODS,
      // What the client asks for: headers are no secret, and a list would always be a header behind.
      'Access-Control-Allow-Headers': req.get('access-control-request-headers') ?? DEFAULT_HEADERS,
      'Access-Control-Max-Age': PREFLIGHT_SECONDS,
      Vary: 'Access-Control-Request-Headers',
    })
    .status(204)
    .end();
};
