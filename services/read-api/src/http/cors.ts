import type { RequestHandler } from 'express';

/** What the original of data sets neither told nor took, and cubes do: tokens, and what is beside an answer. */
const OF_CUBES = {
  'Access-Control-Allow-Headers': 'Authorization, If-None-Match, If-Range, Range, X-Request-Id',
  'Access-Control-Expose-Headers':
    'ETag, Content-Disposition, Content-Range, Retry-After, Server-Timing, X-Request-Id',
};

/**
 * Every answer may be read by scripts of any site: there is nothing here that a cookie protects. But for what the
 * original answered to OPTIONS of its status by itself (data-sets.md 1.1).
 */
export const cors: RequestHandler = (req, res, next) => {
  const isOfStatus = req.method === 'OPTIONS' && req.path.startsWith('/_status');
  if (!isOfStatus) res.setHeader('Access-Control-Allow-Origin', '*');
  if (req.path.startsWith('/api/3')) res.set(OF_CUBES);
  next();
};
