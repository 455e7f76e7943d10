import type { RequestHandler } from 'express';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const HEADERS = 'Authorization, Auth-Token, Content-Type';
const MAX_AGE_SECONDS = 600;

/**
 * Lets scripts of the listed origins ask, with tokens and never with cookies (auth.md A7.9, D19). What is
 * not listed gets no word of it.
 */
export function cors(origins: ReadonlySet<string>): RequestHandler {
  return (req, res, next) => {
    res.setHeader('Vary', 'Origin');
    const origin = req.get('origin');
    if (origin !== undefined && origins.has(origin)) {
      res.setHeader('Access-Control-Allow-Origin', origin);
      res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
      if (req.method === 'OPTIONS') {
        res.setHeader('Access-Control-Allow-Methods', METHODS);
        res.setHeader('Access-Control-Allow-Headers', HEADERS);
        res.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS);
      }
    }
    next();
  };
}
