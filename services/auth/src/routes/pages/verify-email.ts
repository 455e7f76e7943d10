import { problem } from '@flyloft/common';
import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { hashOfLink } from '../../links/one-time-link.ts';
import { messagePage } from '../../pages/layout.ts';
import { confirmPage } from '../../pages/recovery-pages.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { beginFlow } from '../kratos/hand-over.ts';
import { browserOf, fieldOf, requireForm } from './browser.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';
import { csrfForm } from './sign-in.ts';

export async function mailVerification(
  { origin, sendMail }: Pick<SignInDependencies, 'origin' | 'sendMail'>,
  to: string,
  url: string,
): Promise<void> {
  const text = `Is this your e-mail address? Then confirm it for your account at ${origin} within a day:\n${url}\n\nIf you know nothing of this, do nothing.\n`;
  await sendMail?.({ to, subject: 'Confirm your e-mail address', text });
}

/** The link of a mail that proves an address. Opening it only shows a button: programs open links too. */
export function verifyEmailEndpoints(deps: SignInDependencies): Endpoint[] {
  const { accounts, now } = deps;
  const show: RequestHandler = async (req, res) => {
    const { link: given } = req.query;
    if (deps.kratos && typeof given !== 'string') {
      const returnTo = `${deps.origin}/auth/settings`;
      return beginFlow(res, deps.kratos, 'verification', { returnTo });
    }
    const link = typeof given === 'string' ? given : '';
    const { csrfToken } = await browserOf(req, res, deps);
    const found = await accounts.findLink(hashOfLink(link), 'email', now());
    if (!found?.email) throw problem('link_used', 'Ask for a new link in the settings.');
    const text = `Is ${found.email} your address?`;
    sendPage(
      res,
      confirmPage('Confirm your address', text, '/auth/verify', 'Yes, it is mine', {
        csrf_token: csrfToken,
        link,
      }),
    );
  };
  const verify: RequestHandler = async (req, res) => {
    await requireForm(req, res, deps);
    const userId = await accounts.verifyEmail(hashOfLink(fieldOf(req, 'link')), now(), requestIdOf(res));
    if (userId === undefined) throw problem('link_used', 'Ask for a new link in the settings.');
    sendPage(
      res,
      messagePage('The address is verified', 'It is yours now.', {
        href: '/auth/settings',
        text: 'To the settings',
      }),
    );
  };
  return [
    pageEndpoint(deps, {
      ...{
        method: 'get',
        path: '/auth/verify',
        summary: 'Asks whether an address is to be confirmed',
        handler: show,
      },
      query: z.object({ link: z.string().optional() }),
      answers: {
        200: 'The page',
        302: 'To Ory Kratos, where that keeps the addresses',
        410: 'The link was used already or has expired',
        ...(deps.kratos ? { 503: 'Ory Kratos does not answer' } : {}),
      },
    }),
    pageEndpoint(deps, {
      ...{ method: 'post', path: '/auth/verify', summary: 'Confirm an e-mail address', handler: verify },
      form: csrfForm.extend({ link: z.string() }),
      answers: {
        200: 'The address is verified',
        403: 'The form is not from our page, or has expired',
        409: 'Another account signs in with this address',
        410: 'The link was used already or has expired',
        415: 'Not a form',
      },
    }),
  ];
}
