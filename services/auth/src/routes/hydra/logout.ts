import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { challengeOf } from '../../hydra/challenge.ts';
import { formTargetsOfRequest } from '../../hydra/form-targets.ts';
import { finishOnce, type HydraDependencies } from '../../hydra/hydra-mode.ts';
import { needsConfirmation } from '../../hydra/logout-rules.ts';
import { clientName, type LogoutRequest } from '../../hydra/requests.ts';
import { hydraLogoutPage } from '../../pages/hydra-pages.ts';
import { sessionCookie } from '../../sessions/cookie.ts';
import type { LiveSession } from '../../sessions/session.ts';
import { browserOf, fieldOf, requireForm } from '../pages/browser.ts';
import { allowFormTargets, pageEndpoint, sendPage } from '../pages/page-endpoint.ts';
import { csrfForm } from '../pages/sign-in.ts';
import { HYDRA_ANSWERS, orBeginAgain, sendOn } from './finished.ts';

const PATH = '/hydra/logout';
/** Where who stays signed in goes on: Hydra names no address (O3). */
const STAYED = '/auth/settings';

/** Where Hydra asks whether somebody is to be signed out everywhere (auth.md B3.4: O1–O5). */
export function hydraLogoutEndpoints(deps: HydraDependencies): Endpoint[] {
  const { hydra, hydraStore, sessions, origin, now } = deps;
  const accept = async (
    req: Request,
    res: Response,
    challenge: string,
    { request_url: restartAt, subject }: LogoutRequest,
    session: LiveSession | undefined,
  ) => {
    const context = { actor: session?.user.id ?? null, requestId: requestIdOf(res) };
    const onward = await finishOnce(deps, challenge, restartAt, async () => {
      const address = await hydra.acceptLogout(challenge);
      // Before the browser may go on: Hydra's own session ends when it comes there (O2).
      if (session) await sessions.revoke(session.user.id, session.id, now(), context);
      await hydraStore.record({ action: 'hydra.signed-out', target: subject, details: {} }, context);
      return address;
    });
    const { name, options } = sessionCookie(origin);
    if (session) res.clearCookie(name, options);
    sendOn(req, res, onward);
  };
  const show = async (req: Request, res: Response) => {
    const challenge = challengeOf(req.query.logout_challenge);
    const logout = await hydra.logoutRequest(challenge);
    const { session, csrfToken } = await browserOf(req, res, deps);
    if (!needsConfirmation(logout)) {
      // What the application has shown is about its own person: nobody else's session ends.
      const own = session?.user.id === logout.subject ? session : undefined;
      return accept(req, res, challenge, logout, own);
    }
    const application = logout.client ? clientName(logout.client) : undefined;
    allowFormTargets(res, formTargetsOfRequest(logout, deps.publicOrigin));
    sendPage(res, hydraLogoutPage({ csrfToken, challenge, application }));
  };
  const answer = async (req: Request, res: Response) => {
    const { session } = await requireForm(req, res, deps);
    const challenge = challengeOf(fieldOf(req, 'logout_challenge'));
    const logout = await hydra.logoutRequest(challenge);
    if (fieldOf(req, 'decision') === 'accept') return accept(req, res, challenge, logout, session);
    await finishOnce(deps, challenge, logout.request_url, () => hydra.rejectLogout(challenge));
    sendOn(req, res, STAYED);
  };
  return [
    pageEndpoint(deps, {
      ...{ method: 'get', path: PATH, summary: 'Asks whether to sign out of every application of Hydra' },
      query: z.object({ logout_challenge: z.string().optional() }),
      answers: { 200: 'The page; nothing has ended yet', 302: 'Back to Hydra', ...HYDRA_ANSWERS },
      handler: orBeginAgain(deps.publicOrigin, show),
    }),
    pageEndpoint(deps, {
      ...{ method: 'post', path: PATH, summary: 'Sign out of every application of Hydra, or stay' },
      form: csrfForm.extend({ logout_challenge: z.string(), decision: z.enum(['accept', 'reject']) }),
      answers: {
        ...{ 303: 'Signed out, or still signed in', ...HYDRA_ANSWERS },
        ...{ 403: 'The form is not from our page, or has expired', 415: 'Not a form' },
      },
      handler: orBeginAgain(deps.publicOrigin, answer),
    }),
  ];
}
