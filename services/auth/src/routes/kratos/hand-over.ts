import { problem } from '@flyloft/common';
import type { Request, Response } from 'express';
import type { FlowKind } from '../../kratos/kratos.ts';
import type { KratosSide } from '../../kratos/kratos-mode.ts';
import { messagePage } from '../../pages/layout.ts';
import { withNext } from '../../pages/sign-in-page.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { sendPage } from '../pages/page-endpoint.ts';
import { findKratosSession, kratosCookies } from './kratos-session.ts';

/** `reason` of the sign-in page when Kratos has sent the browser back to it. */
const RETURNED = 'returned';

interface FlowStart {
  /** On our own origin: it must be among Kratos' `allowed_return_urls`. */
  readonly returnTo: string;
  /** A fresh proof of who somebody is, although there is a session. */
  readonly refresh?: boolean;
  readonly aal?: 'aal2' | undefined;
}

/** Where Kratos begins a flow of a browser. */
export function flowAddress(
  { publicUrl }: Pick<KratosSide, 'publicUrl'>,
  kind: FlowKind,
  { returnTo, refresh, aal }: FlowStart,
): string {
  const query = new URLSearchParams({
    return_to: returnTo,
    ...(refresh ? { refresh: 'true' } : {}),
    ...(aal ? { aal } : {}),
  });
  return `${publicUrl}/self-service/${kind}/browser?${query}`;
}

/**
 * Leads a browser to Kratos, where a flow begins, once Kratos has answered: nobody is sent to a server that is away.
 * @throws {ProblemError} 503.
 */
export async function beginFlow(
  res: Response,
  kratos: Pick<KratosSide, 'publicUrl' | 'kratos'>,
  kind: FlowKind,
  start: FlowStart,
): Promise<void> {
  await kratos.kratos.whoami({ cookies: '' });
  res.redirect(302, flowAddress(kratos, kind, start));
}

/** Where a flow leads back to in the end, so that the person goes on to `next`. */
export function backToSignIn(origin: string, next: string | undefined): string {
  const query = new URLSearchParams({ reason: RETURNED, ...(next === undefined ? {} : { next }) });
  return `${origin}/auth/login?${query}`;
}

/** True when this is Kratos' own: nobody else says where browsers go. */
export function isOfKratos({ publicUrl }: Pick<KratosSide, 'publicUrl'>, address: string): boolean {
  return URL.canParse(address) && new URL(address).origin === new URL(publicUrl).origin;
}

interface Aim {
  readonly next: string | undefined;
  readonly reason: string;
  /** What is to be said instead of going on. */
  readonly message: string | undefined;
}

/** The sign-in page, where people sign in at Kratos. Nobody is signed in here. */
export async function handOverSignIn(
  req: Request,
  res: Response,
  { origin, kratos }: { readonly origin: string; readonly kratos: KratosSide },
  { next, reason, message }: Aim,
): Promise<void> {
  const finding = await findKratosSession(req, kratos);
  if (finding.is === 'refused') {
    throw problem(
      'permission_denied',
      `${finding.detail}. To sign in as somebody else, sign out first: /auth/logout`,
    );
  }
  if (message !== undefined && reason !== 'again') {
    return sendPage(
      res,
      messagePage('Sign in', message, { href: withNext('/auth/login', next), text: 'Sign in' }),
    );
  }
  // Without this a cookie that does not come here would lead round and round.
  if (reason === RETURNED) {
    throw problem(
      'permission_denied',
      'Ory Kratos sent you back, but its session did not come along or does not count. Try again; if it stays so, the operator has to give its cookies a domain that this address is part of.',
    );
  }
  const start = {
    returnTo: backToSignIn(origin, next),
    refresh: reason === 'again' || finding.is === 'ended',
    aal: finding.is === 'second step' ? ('aal2' as const) : undefined,
  };
  await beginFlow(res, kratos, 'login', start);
}

/** Where the browser goes to be signed out at Kratos too; undefined where it has nothing there, or Kratos is away. */
export async function signOutAddress(
  req: Request,
  { origin, kratos }: Pick<SignInDependencies, 'origin' | 'kratos'>,
): Promise<string | undefined> {
  const cookies = kratosCookies(req);
  if (kratos === undefined || !cookies.includes(`${kratos.sessionCookie}=`)) return undefined;
  const returnTo = `${origin}/auth/login?reason=signed-out`;
  // While it is away its session is ended later, and counts here no more.
  const address = await kratos.kratos.logoutAddress(cookies, returnTo).catch(() => undefined);
  return address !== undefined && isOfKratos(kratos, address) ? address : undefined;
}
