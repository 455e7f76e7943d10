import { parseCookie } from 'cookie';
import type { Request } from 'express';
import type { KratosSide } from '../../kratos/kratos-mode.ts';
import { sessionCookie } from '../../sessions/cookie.ts';
import { hashOfCookie, type LiveSession, type SessionStore } from '../../sessions/session.ts';
import { kratosSessionOf } from '../kratos/kratos-session.ts';

/**
 * Whether a browser says that one of our own pages sent this (auth.md A7.9). Browsers too old for
 * `Sec-Fetch-Site` send no Origin with their own pages' GET either; for all else it is needed.
 */
function isSameOrigin(req: Request, origin: string): boolean {
  const site = req.get('sec-fetch-site');
  const readsOnly = req.method === 'GET' || req.method === 'HEAD';
  // `none`: the person typed the address or opened a bookmark.
  if (site !== undefined) return site === 'same-origin' || (site === 'none' && readsOnly);
  const sender = req.get('origin');
  return sender === undefined ? readsOnly : sender === origin;
}

/** The living session of the request's cookie; undefined when there is none, or another site sent it along. */
export async function sessionOfCookie(
  req: Request,
  origin: string,
  sessions: SessionStore,
  kratos: KratosSide | undefined,
  now: Date,
): Promise<LiveSession | undefined> {
  const header = req.get('cookie');
  if (header === undefined || !isSameOrigin(req, origin)) return undefined;
  const outside = await kratosSessionOf(req, kratos);
  if (outside !== undefined) return outside;
  const value = parseCookie(header)[sessionCookie(origin).name];
  return value === undefined ? undefined : sessions.findByCookie(hashOfCookie(value), now);
}
