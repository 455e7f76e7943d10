import type { Endpoint } from '@flyloft/service-kit';
import { html, NOTHING } from '../../pages/html.ts';
import { sendPage } from '../../pages/layout.ts';
import type { SignIn } from '../../sign-in/sign-in.ts';

export function signOutEndpoint(signIn: SignIn): Endpoint {
  return {
    method: 'get',
    path: '/_user/sign_out',
    tag: 'signing in',
    summary: 'Ends the session of a person',
    answers: { 200: { description: 'Signed out here; not at the provider', contentType: 'text/html' } },
    handlers: [
      async (req, res) => {
        signIn.end(res);
        const elsewhere = await signIn.provider.signOutAddress();
        const link = elsewhere ? html` <a href="${elsewhere}">Sign out there as well</a>` : NOTHING;
        const body = html`<p>You are signed out here. <a href="/_user/sign_in">Sign in again</a></p>
<p>Your account may still be signed in with the sign-in service, which would let you in again without a password.${link}</p>`;
        sendPage(req, res, 200, { title: 'Signed out', body });
      },
    ],
  };
}
