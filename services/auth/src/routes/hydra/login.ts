import { problem } from '@flyloft/common';
import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { challengeOf } from '../../hydra/challenge.ts';
import { formTargetsOfRequest } from '../../hydra/form-targets.ts';
import {
  findFlow,
  finishOnce,
  type HydraDependencies,
  keepFlow,
  type OpenFlow,
} from '../../hydra/hydra-mode.ts';
import { decideLogin } from '../../hydra/login-rules.ts';
import { clientName, type LoginRequest, refusal } from '../../hydra/requests.ts';
import { signInPage } from '../../pages/sign-in-page.ts';
import { type Browser, browserOf, fieldOf, requireForm } from '../pages/browser.ts';
import { allowFormTargets, pageEndpoint, sendPage } from '../pages/page-endpoint.ts';
import { csrfForm, passwordSignIn } from '../pages/sign-in.ts';
import { HYDRA_ANSWERS, orBeginAgain, sendOn } from './finished.ts';
import { knownPerson } from './known-person.ts';

const PATH = '/hydra/login';

async function flowOf(deps: HydraDependencies, req: Request, { hash }: Browser): Promise<OpenFlow> {
  const reference = req.method === 'POST' ? fieldOf(req, 'resume') : req.query.resume;
  if (typeof reference !== 'string') {
    return { challenge: challengeOf(req.query.login_challenge), begunAt: deps.now(), reference: undefined };
  }
  const flow = await findFlow(deps, reference, hash);
  if (flow) return flow;
  throw problem('sign_in_expired', 'Go back to the application and begin again.');
}

/** The sign-in page, as the way into an application. */
function ask(
  deps: HydraDependencies,
  { csrfToken }: Browser,
  reference: string,
  { client, oidc_context: { login_hint: hint } }: LoginRequest,
) {
  return ({ email = hint, error }: { readonly email?: string; readonly error?: string | undefined }) =>
    signInPage({
      ...{ csrfToken, email, error, next: `${PATH}?${new URLSearchParams({ resume: reference })}` },
      providers: [...deps.providers.values()].map(({ name, title }) => ({ name, title })),
      mayRegister: deps.selfRegistration,
      way: { action: PATH, fields: { resume: reference }, application: clientName(client) },
    });
}

async function refuse(
  req: Request,
  res: Response,
  deps: HydraDependencies,
  challenge: string,
  login: LoginRequest,
) {
  const { hydra, hydraStore } = deps;
  const onward = await finishOnce(deps, challenge, login.request_url, () =>
    hydra.rejectLogin(challenge, refusal('The person did not sign in')),
  );
  const event = { target: login.client.client_id, details: { reason: 'cancelled' } };
  await hydraStore.record(
    { action: 'hydra.login-refused', ...event },
    { actor: null, requestId: requestIdOf(res) },
  );
  sendOn(req, res, onward);
}

/** Where Hydra sends people to sign in (auth.md B3.4: L1–L12). */
export function hydraLoginEndpoints(deps: HydraDependencies): Endpoint[] {
  const { hydra, hydraStore, now } = deps;
  const show = async (req: Request, res: Response) => {
    const browser = await browserOf(req, res, deps);
    const flow = await flowOf(deps, req, browser);
    const { challenge, begunAt } = flow;
    const login = await hydra.loginRequest(challenge);
    const known = login.skip ? await knownPerson(deps.users, login.subject) : undefined;
    const decision = decideLogin(login, { known, session: browser.session, begunAt, now: now() });
    if (decision.do === 'ask') {
      const reference = await keepFlow(deps, flow, browser.hash);
      if (deps.kratos) {
        const next = `${PATH}?${new URLSearchParams({ resume: reference })}`;
        // Who has a session is asked because it is too old.
        const query = { next, ...(browser.session ? { reason: 'again' } : {}) };
        return sendOn(req, res, `/auth/login?${new URLSearchParams(query)}`);
      }
      allowFormTargets(res, formTargetsOfRequest(login, deps.publicOrigin));
      return sendPage(res, ask(deps, browser, reference, login)({}));
    }
    const onward = await finishOnce(deps, challenge, login.request_url, async () => {
      const isAccepted = decision.do === 'accept';
      const address = isAccepted
        ? await hydra.acceptLogin(challenge, decision.answer)
        : await hydra.rejectLogin(challenge, decision.why);
      const target = isAccepted ? decision.answer.subject : login.subject;
      const action = isAccepted ? 'hydra.login-accepted' : 'hydra.login-refused';
      const actor = isAccepted ? target : null;
      const details = { client: login.client.client_id };
      await hydraStore.record({ action, target, details }, { actor, requestId: requestIdOf(res) });
      return address;
    });
    sendOn(req, res, onward);
  };
  const signIn = async (req: Request, res: Response) => {
    const browser = await requireForm(req, res, deps);
    const { challenge, reference = '' } = await flowOf(deps, req, browser);
    const login = await hydra.loginRequest(challenge);
    if (fieldOf(req, 'decision') === 'deny') return refuse(req, res, deps, challenge, login);
    const next = `${PATH}?${new URLSearchParams({ resume: reference })}`;
    allowFormTargets(res, formTargetsOfRequest(login, deps.publicOrigin));
    await passwordSignIn(req, res, deps, { next, page: ask(deps, browser, reference, login) });
  };
  return [
    pageEndpoint(deps, {
      ...{ method: 'get', path: PATH, summary: 'Sign in for an application of Hydra' },
      query: z.object({ login_challenge: z.string().optional(), resume: z.string().optional() }),
      answers: { 200: 'The sign-in page', 302: 'Back to Hydra', ...HYDRA_ANSWERS },
      handler: orBeginAgain(deps.publicOrigin, show),
    }),
    pageEndpoint(deps, {
      ...{ method: 'post', path: PATH, summary: 'Sign in for an application, or say no' },
      form: csrfForm.extend({
        ...{ resume: z.string(), email: z.string().optional(), password: z.string().optional() },
        decision: z.enum(['deny']).optional(),
      }),
      answers: {
        ...{ 303: 'Signed in, on to the second step, or back to Hydra', ...HYDRA_ANSWERS },
        ...{
          401: 'The address or the password is wrong',
          415: 'Not a form',
          429: 'Too many wrong passwords',
        },
        403: 'The form is not from our page, or has expired',
      },
      handler: orBeginAgain(deps.publicOrigin, signIn),
    }),
  ];
}
