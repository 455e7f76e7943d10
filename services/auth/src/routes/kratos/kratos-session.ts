import { parseCookie } from 'cookie';
import type { Request } from 'express';
import type { KratosSide } from '../../kratos/kratos-mode.ts';
import type { KratosFinding } from '../../kratos/kratos-sessions.ts';
import type { LiveSession } from '../../sessions/session.ts';
import { askerOf } from '../request-parts.ts';

/** Our own cookies are nobody else's business. */
const OURS = /^(__Host-)?flyloft_/;

/** What a browser shows of itself at Kratos: its session, and what its forms are bound to. */
export function kratosCookies(req: Request): string {
  const pairs = (req.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs.filter((pair) => pair !== '' && !OURS.test(pair)).join('; ');
}

const findings = new WeakMap<Request, Promise<KratosFinding>>();

/** Who the browser of a request is at Kratos; asked once a request, and only where it shows a session. */
export function findKratosSession(req: Request, kratos: KratosSide | undefined): Promise<KratosFinding> {
  const known = findings.get(req);
  if (known !== undefined) return known;
  const isThere = kratos !== undefined && parseCookie(req.get('cookie') ?? '')[kratos.sessionCookie];
  const finding: Promise<KratosFinding> = isThere
    ? kratos.sessions.find({ cookies: kratosCookies(req) }, askerOf(req))
    : Promise.resolve({ is: 'nobody' });
  findings.set(req, finding);
  return finding;
}

/** The session that a browser has by Kratos, if it has one. */
export async function kratosSessionOf(
  req: Request,
  kratos: KratosSide | undefined,
): Promise<LiveSession | undefined> {
  const finding = await findKratosSession(req, kratos);
  return finding.is === 'signed in' ? finding.session : undefined;
}
