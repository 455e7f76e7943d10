import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { renderPageError } from '../../pages/page-errors.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';

/** Only our own upload pages: an address of somebody else's choice would be an open redirect. */
const UPLOAD_PAGE = /^\/[a-z_][a-z0-9_]*\/upload$/i;

/** Where a person goes on after signing in. */
function nextOf(value: unknown): string {
  return typeof value === 'string' && UPLOAD_PAGE.test(value) ? value : '/_user/authorized';
}

export function signInEndpoint(signIn: SignIn): Endpoint {
  return {
    method: 'get',
    path: '/_user/sign_in',
    tag: 'signing in',
    summary: 'Sends a person to the sign-in service',
    request: { query: z.object({ next: z.string().optional() }) },
    answers: {
      302: { description: 'To the authorization endpoint of the provider' },
      503: { description: 'The provider does not answer', contentType: 'text/html' },
    },
    errors: renderPageError,
    handlers: [
      async (req, res) => {
        const { address, transaction } = await signIn.provider.begin(nextOf(req.query.next));
        await signIn.rememberTransaction(res, transaction);
        res.set('Cache-Control', 'no-store').redirect(address.href);
      },
    ],
  };
}
