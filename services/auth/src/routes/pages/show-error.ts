import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { messagePage } from '../../pages/layout.ts';
import { STYLE } from '../../pages/style.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';

const MESSAGES: Readonly<Record<string, readonly [title: string, message: string]>> = {
  next_not_allowed: [
    'That address is not allowed',
    'The page you came from wants to be led back to an address that is not on the list of this installation. Nobody was signed in for it. Its operator can add the origin to ALLOWED_NEXT_ORIGINS.',
  ],
  sign_in_expired: [
    'The sign-in has expired',
    'It took longer than ten minutes, was finished before, or was begun in another browser. Please begin again.',
  ],
};

/** The page of errors that have no page of their own: says what happened by a code, and echoes nothing. */
export function errorEndpoints(deps: SignInDependencies): Endpoint[] {
  const show: RequestHandler = (req, res) => {
    const code = typeof req.query.code === 'string' ? req.query.code : '';
    const known = Object.hasOwn(MESSAGES, code) ? MESSAGES[code] : undefined;
    const [title, message] = known ?? ['Something went wrong', 'Please try again.'];
    sendPage(
      res.status(400),
      messagePage(title, message, { href: '/auth/login', text: 'To the sign-in page' }),
    );
  };
  const style: RequestHandler = (_req, res) => {
    res.set('Cache-Control', 'public, max-age=3600').type('css').send(STYLE);
  };
  return [
    pageEndpoint(deps, {
      ...{ method: 'get', path: '/auth/error', summary: 'Says what went wrong', handler: show },
      query: z.object({ code: z.string().optional() }),
      answers: { 400: 'The page' },
    }),
    {
      ...{
        method: 'get',
        path: '/auth/style.css',
        tag: 'sign-in pages',
        summary: 'The style sheet of the pages',
      },
      answers: { 200: { description: 'The style sheet', contentType: 'text/css', schema: z.string() } },
      handlers: [style],
    },
  ];
}
