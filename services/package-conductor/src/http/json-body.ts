import express, { type RequestHandler } from 'express';

/** Enough for the descriptions of several thousand files. */
const MAX_BODY = '5mb';

/** A JSON body whatever its content type says: old clients send none, or a wrong one (packages.md 1.1). */
export const anyJsonBody: RequestHandler = express.json({ type: () => true, limit: MAX_BODY, strict: false });

/** A body that says to be JSON; `req.body` of any other content type is undefined. */
export function jsonBody(limit: string): RequestHandler {
  return express.json({ type: ['application/json', 'application/*+json'], limit, strict: false });
}

/** The fields of a form, for endpoints that take parameters from the query string or a form. */
export const formBody: RequestHandler = express.urlencoded({ extended: false, limit: '100kb' });
