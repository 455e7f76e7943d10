import { problem } from '@flyloft/common';
import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { hashOfLink } from '../../links/one-time-link.ts';
import { messagePage } from '../../pages/layout.ts';
import { welcomePage } from '../../pages/recovery-pages.ts';
import { sessionCookie } from '../../sessions/cookie.ts';
import { createSession } from '../../sessions/session.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { browserIdOf } from '../pages/browser.ts';
import { pageEndpoint, sendPage } from '../pages/page-endpoint.ts';

/** The one-time sign-in link: opens a session, and leads to a password where there is none. */
export function signInLinkEndpoint(deps: SignInDependencies): Endpoint {
  const { sessions, accounts, origin, csrf, now } = deps;
  const cookie = sessionCookie(origin);
  const handler: RequestHandler = async (req, res) => {
    // Link checkers send HEAD; what they look at must still work for the person.
    if (req.method === 'HEAD') return void res.type('html').end();
    const { link } = req.query;
    if (typeof link !== 'string') throw problem('invalid_parameter', 'The address lacks its "link".');
    const opened = createSession(now());
    const session = await sessions.openByLink(hashOfLink(link), opened.session, now(), requestIdOf(res));
    if (session === undefined)
      throw problem('link_used', 'Sign in with your password, or ask for a new link.');
    res.cookie(cookie.name, opened.cookie, cookie.options);
    const { user } = session;
    const name = user.name ?? user.username;
    const local = await accounts.findLocalOf(user.id);
    const onward = { href: '/auth/settings', text: 'To the settings' };
    if (local?.passwordHash)
      return sendPage(res, messagePage('You are signed in', `Welcome, ${name}.`, onward));
    sendPage(res, welcomePage(csrf.tokenFor(browserIdOf(req, res, origin), session.id), name));
  };
  return pageEndpoint(deps, {
    ...{ method: 'get', path: '/auth/sign-in', summary: 'Uses up a one-time sign-in link', handler },
    query: z.object({ link: z.string() }),
    answers: {
      200: 'Signed in; sets the session cookie',
      400: 'No link in the address',
      410: 'The link was used already or has expired',
    },
  });
}
