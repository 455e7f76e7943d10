import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { NotificationStore } from '../../notices/notifications.ts';
import { inboxPage } from '../../pages/inbox-page.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { pageOf } from './admin/form-fields.ts';
import { browserOf, requireForm } from './browser.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';
import { csrfForm } from './sign-in.ts';

export interface InboxDependencies extends SignInDependencies {
  readonly notifications: NotificationStore;
}

/** A person who opens the address, and no program: those send a token, or ask for JSON. */
function isForPeople(req: Request): boolean {
  return req.get('authorization') === undefined && req.accepts(['json', 'html']) === 'html';
}

/** `/notifications` as a page, at the same address as the endpoint of programs. */
export function inboxEndpoints(deps: InboxDependencies): Endpoint[] {
  const { notifications } = deps;
  const show: RequestHandler = async (req, res) => {
    const { session, csrfToken } = await browserOf(req, res, deps);
    if (session === undefined) return void res.redirect(302, '/auth/login?next=/notifications');
    const page = pageOf(req);
    const list = await notifications.list(session.user.id, {}, page);
    sendPage(res, inboxPage({ ...list, csrfToken, page: page.page, perPage: page.per_page }));
  };
  const markAll: RequestHandler = async (req, res) => {
    const { session } = await requireForm(req, res, deps);
    if (session === undefined) return void res.redirect(303, '/auth/login?next=/notifications');
    await notifications.mark(session.user.id, 'all', true);
    res.redirect(303, '/notifications');
  };
  const shared = { path: '/notifications' } as const;
  return [
    {
      ...pageEndpoint(deps, {
        ...{ ...shared, method: 'get', summary: 'Your notifications as a page', handler: show },
        query: z.object({ page: z.string().optional() }),
        answers: { 200: 'The page', 302: 'Sign in first' },
      }),
      matches: isForPeople,
    },
    pageEndpoint(deps, {
      ...{ ...shared, method: 'post', summary: 'Mark all notifications as read', handler: markAll },
      form: csrfForm,
      answers: {
        303: 'Back to the page',
        403: 'The form is not from our page, or has expired',
        415: 'Not a form',
      },
    }),
  ];
}
