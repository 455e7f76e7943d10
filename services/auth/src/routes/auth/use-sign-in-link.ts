import { problem } from '@flyloft/common';
import { type Endpoint, type ErrorRenderer, requestIdOf } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { hashOfLink } from '../../links/one-time-link.ts';
import { messagePage } from '../../pages/message-page.ts';
import { sessionCookie } from '../../sessions/cookie.ts';
import { createSession, type SessionStore } from '../../sessions/session.ts';
import { keptParameters, noStore } from '../request-parts.ts';

export interface SignInLinkDependencies {
  readonly sessions: SessionStore;
  readonly origin: string;
  readonly now: () => Date;
}

const renderPage: ErrorRenderer = (error, _req, res) => {
  const message = error.detail ?? 'Ask your administrator for a new link.';
  res.status(error.status).type('html').send(messagePage(error.title, message));
};

/** The one-time sign-in link: opens a session and gives the browser its cookie. */
export function signInLinkEndpoint({ sessions, origin, now }: SignInLinkDependencies): Endpoint {
  const cookie = sessionCookie(origin);
  const handler: RequestHandler = async (req, res) => {
    // Link checkers send HEAD; what they look at must still work for the person.
    if (req.method === 'HEAD') return void res.type('html').end();
    const { link } = req.query;
    if (typeof link !== 'string') throw problem('invalid_parameter', 'The address lacks its "link".');
    const opened = createSession(now());
    const session = await sessions.openByLink(hashOfLink(link), opened.session, now(), requestIdOf(res));
    if (session === undefined) throw problem('link_used');
    res.cookie(cookie.name, opened.cookie, cookie.options);
    res
      .type('html')
      .send(messagePage('You are signed in', `Welcome, ${session.user.name ?? session.user.username}.`));
  };
  return {
    method: 'get',
    path: '/auth/sign-in',
    tag: 'sign-in',
    summary: 'Uses up a one-time sign-in link',
    request: { query: z.object({ link: z.string() }) },
    answers: {
      200: { description: 'Signed in; sets the session cookie', contentType: 'text/html' },
      400: { description: 'No link in the address', contentType: 'text/html' },
      410: { description: 'The link was used already or has expired', contentType: 'text/html' },
    },
    errors: renderPage,
    handlers: [noStore, ...keptParameters, handler],
  };
}
