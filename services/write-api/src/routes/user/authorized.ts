import { problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { html } from '../../pages/html.ts';
import { sendPage } from '../../pages/layout.ts';
import { renderPageError } from '../../pages/page-errors.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';

const PATH = '/_user/authorized';

function finishSignIn(signIn: SignIn): RequestHandler {
  return async (req, res) => {
    if (Object.keys(req.query).length === 0 && (await signIn.session(req))) {
      sendPage(req, res, 200, {
        title: 'Signed in',
        body: html`<p>Now open the upload page of your data set.</p>`,
      });
      return;
    }
    const transaction = await signIn.takeTransaction(req, res);
    if (transaction === undefined) {
      throw problem('bad_request', 'The sign-in took too long, or the browser keeps no cookies');
    }
    const person = await signIn.provider.finish(new URL(req.originalUrl, signIn.origin), transaction);
    await signIn.begin(res, person);
    res.set('Cache-Control', 'no-store').redirect(transaction.next);
  };
}

export function authorizedEndpoint(signIn: SignIn): Endpoint {
  return {
    method: 'get',
    path: PATH,
    tag: 'signing in',
    summary: 'Where the sign-in service sends a person back to',
    answers: {
      200: { description: 'Signed in', contentType: 'text/html' },
      302: { description: 'To the upload page' },
      400: {
        description: 'The answer of the provider is not valid, or came too late',
        contentType: 'text/html',
      },
      403: { description: 'The person or the provider said no', contentType: 'text/html' },
      503: { description: 'The provider does not answer', contentType: 'text/html' },
    },
    errors: renderPageError,
    handlers: [finishSignIn(signIn)],
  };
}
