import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { messagePage } from '../../pages/layout.ts';
import { confirmPage } from '../../pages/recovery-pages.ts';
import { sessionCookie } from '../../sessions/cookie.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { signOutAddress } from '../kratos/hand-over.ts';
import { findKratosSession } from '../kratos/kratos-session.ts';
import { browserOf, requireForm } from './browser.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';
import { csrfForm } from './sign-in.ts';

const SIGN_IN = { href: '/auth/login', text: 'Sign in' };

/** Signing out is a form: a link or a picture of another site ends nobody's session (auth.md D17). */
export function signOutEndpoints(deps: SignInDependencies): Endpoint[] {
  const { origin, sessions, now } = deps;
  const show: RequestHandler = async (req, res) => {
    const { session, csrfToken } = await browserOf(req, res, deps);
    const elsewhere = session === undefined ? await findKratosSession(req, deps.kratos) : undefined;
    if (session === undefined && elsewhere?.is === 'nobody')
      return sendPage(res, messagePage('Sign out', 'You are not signed in.', SIGN_IN));
    const text = session
      ? `You are signed in as ${session.user.name ?? session.user.username}.`
      : 'You are signed in at Ory Kratos, and not here.';
    sendPage(res, confirmPage('Sign out', text, '/auth/logout', 'Sign out', { csrf_token: csrfToken }));
  };
  const signOut: RequestHandler = async (req, res) => {
    const { session } = await requireForm(req, res, deps);
    if (session !== undefined) {
      const context = { actor: session.user.id, requestId: requestIdOf(res) };
      await sessions.revoke(session.user.id, session.id, now(), context);
    }
    const { name, options } = sessionCookie(origin);
    res.clearCookie(name, options);
    res.redirect(303, (await signOutAddress(req, deps)) ?? '/auth/login?reason=signed-out');
  };
  return [
    pageEndpoint(deps, {
      ...{ method: 'get', path: '/auth/logout', summary: 'Asks whether to sign out', handler: show },
      answers: { 200: 'The page; nothing has ended yet' },
    }),
    pageEndpoint(deps, {
      ...{ method: 'post', path: '/auth/logout', summary: 'End the session', handler: signOut },
      form: csrfForm,
      answers: { 303: 'Signed out', 403: 'The form is not from our page, or has expired', 415: 'Not a form' },
    }),
  ];
}
