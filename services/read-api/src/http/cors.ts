import type { RequestHandler } from 'express';

/**
 * Every answer may be read by scripts of any site: there is nothing here that a cookie protects. But for what the
 * original answered to OPTIONS of its status by itself (data-sets.md 1.1).
 */
export const cors: RequestHandler = (req, res, next) => {
  const isOfStatus = req.method === 'OPTIONS' && req.path.startsWith('/_status');
  if (!isOfStatus) res.setHeader('Access-Control-Allow-Origin', '*');
  next();
};
