import { problem } from '@flyloft/common';
import { clientNetwork, type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { hashOfLink } from '../../links/one-time-link.ts';
import { messagePage } from '../../pages/layout.ts';
import { askForRecoveryPage, choosePasswordPage } from '../../pages/recovery-pages.ts';
import { mayMail, type SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { emailSchema } from '../../users/email.ts';
import { hashPassword, passwordSchema } from '../../users/password.ts';
import { backToSignIn, beginFlow } from '../kratos/hand-over.ts';
import { browserOf, fieldOf, requireForm } from './browser.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';
import { csrfForm } from './sign-in.ts';

const MAILED =
  'If an account has this address, a link to set a new password is on its way. It works once, for a day.';
const NO_MAIL = 'This installation sends no mail. Ask your administrator for a link to set a new password.';

/** Asking for a link, and setting a password by one: the link stands in the address, then in the form. */
export function recoveryEndpoints(deps: SignInDependencies): Endpoint[] {
  const { accounts, now, origin } = deps;
  const show: RequestHandler = async (req, res) => {
    const { csrfToken } = await browserOf(req, res, deps);
    const { link, way } = req.query;
    if (deps.kratos && typeof link !== 'string' && way !== 'local') {
      return beginFlow(res, deps.kratos, 'recovery', { returnTo: backToSignIn(origin, undefined) });
    }
    if (typeof link !== 'string') return sendPage(res, askForRecoveryPage(csrfToken));
    if ((await accounts.findLink(hashOfLink(link), 'recovery', now())) === undefined)
      throw problem('link_used', 'Ask for a new link.');
    sendPage(res, choosePasswordPage(csrfToken, link));
  };
  const setPassword = async (res: Response, csrfToken: string, link: string, given: string) => {
    const password = passwordSchema.safeParse(given);
    if (!password.success) {
      const error = 'Choose a password of 10 to 200 characters';
      return sendPage(res.status(400), choosePasswordPage(csrfToken, link, error));
    }
    const hash = await hashPassword(password.data);
    const userId = await accounts.recover(hashOfLink(link), hash, now(), requestIdOf(res));
    if (userId === undefined) throw problem('link_used', 'Ask for a new link.');
    res.redirect(303, '/auth/login?reason=password-set');
  };
  const send: RequestHandler = async (req, res) => {
    const { csrfToken } = await requireForm(req, res, deps);
    const link = fieldOf(req, 'link');
    if (link !== '') return setPassword(res, csrfToken, link, fieldOf(req, 'password'));
    const email = emailSchema.safeParse(fieldOf(req, 'email'));
    if (!email.success)
      return sendPage(res.status(400), askForRecoveryPage(csrfToken, 'Give an e-mail address'));
    await deps.limits.byAddress.take(clientNetwork(req.ip));
    if (await mayMail(deps.limits, email.data))
      await deps.sendMail?.({ recover: email.data, requestId: requestIdOf(res) });
    sendPage(
      res,
      messagePage(
        deps.sendMail ? 'Look into your mail' : 'Ask your administrator',
        deps.sendMail ? MAILED : NO_MAIL,
        { href: '/auth/login', text: 'To the sign-in page' },
      ),
    );
  };
  return [
    pageEndpoint(deps, {
      ...{
        method: 'get',
        path: '/auth/recovery',
        summary: 'Ask for a recovery link, or set a password by one',
        handler: show,
      },
      query: z.object({ link: z.string().optional(), way: z.string().optional() }),
      answers: {
        200: 'The page',
        302: 'To Ory Kratos, where that keeps the passwords',
        410: 'The link was used already or has expired',
        ...(deps.kratos ? { 503: 'Ory Kratos does not answer' } : {}),
      },
    }),
    pageEndpoint(deps, {
      ...{
        method: 'post',
        path: '/auth/recovery',
        summary: 'Mail a recovery link, or set a password by one',
        handler: send,
      },
      form: csrfForm.extend({
        email: z.string().optional(),
        link: z.string().optional(),
        password: z.string().optional(),
      }),
      answers: {
        200: 'The same page whether there is such an account or not',
        303: 'The password is set, and every session has ended',
        400: 'The form is not complete',
        403: 'The form is not from our page, or has expired',
        410: 'The link was used already or has expired',
        415: 'Not a form',
        429: 'Too many requests',
      },
    }),
  ];
}
