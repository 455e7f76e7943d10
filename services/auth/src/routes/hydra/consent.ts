import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { entryTo, slugOf } from '../../hydra/app-entry.ts';
import { challengeOf } from '../../hydra/challenge.ts';
import {
  type ConsentDecision,
  chosenScopes,
  decideConsent,
  type Entry,
  grant,
} from '../../hydra/consent-rules.ts';
import { formTargetsOfRequest } from '../../hydra/form-targets.ts';
import { findFlow, finishOnce, type HydraDependencies, keepFlow } from '../../hydra/hydra-mode.ts';
import { type ConsentRequest, clientName, refusal } from '../../hydra/requests.ts';
import { consentPage, SCOPE_FIELD } from '../../pages/hydra-pages.ts';
import { withNext } from '../../pages/sign-in-page.ts';
import type { User } from '../../users/user.ts';
import { type Browser, browserOf, fieldOf, requireForm } from '../pages/browser.ts';
import { allowFormTargets, pageEndpoint, sendPage } from '../pages/page-endpoint.ts';
import { csrfForm } from '../pages/sign-in.ts';
import { HYDRA_ANSWERS, orBeginAgain, sendOn } from './finished.ts';
import { knownPerson } from './known-person.ts';

const PATH = '/hydra/consent';

type Final = Extract<ConsentDecision, { do: 'accept' | 'reject' }>;

interface Asked {
  readonly challenge: string;
  readonly consent: ConsentRequest;
  readonly entry: Entry;
  readonly decision: ConsentDecision;
}

const NO_ENTRY: Entry = { allowed: false, reason: 'account' };

async function look(deps: HydraDependencies, challenge: string, { session }: Browser): Promise<Asked> {
  const consent = await deps.hydra.consentRequest(challenge);
  const subject = await knownPerson(deps.users, consent.subject);
  const entry = subject ? await entryTo(deps, slugOf(consent.client), subject) : NO_ENTRY;
  const decision = decideConsent(consent, { subject, session, entry, now: deps.now() });
  return { challenge, consent, entry, decision };
}

/** Tells Hydra, writes it down, and answers where the browser goes on. */
function conclude(deps: HydraDependencies, res: Response, { challenge, consent }: Asked, final: Final) {
  const { hydra, hydraStore } = deps;
  const { subject, client, request_url: restartAt } = consent;
  return finishOnce(deps, challenge, restartAt, async () => {
    const isGiven = final.do === 'accept';
    const address = isGiven
      ? await hydra.acceptConsent(challenge, final.answer)
      : await hydra.rejectConsent(challenge, final.why);
    const about = isGiven ? { scopes: final.answer.grant_scope } : { reason: final.audit };
    const details = { client: client.client_id, ...about };
    const action = isGiven ? 'hydra.consent-given' : 'hydra.consent-refused';
    // An outside name is no actor: a subject that is nobody's has none.
    const actor = isGiven ? subject : null;
    await hydraStore.record({ action, target: subject, details }, { actor, requestId: requestIdOf(res) });
    return address;
  });
}

function postedScopes(req: Request): string[] {
  const form: unknown = req.body;
  const names = typeof form === 'object' && form !== null ? Object.keys(form) : [];
  return names.filter((name) => name.startsWith(SCOPE_FIELD)).map((name) => name.slice(SCOPE_FIELD.length));
}

/** What somebody answered; `user` is who was asked. */
function answerOf(req: Request, { consent, entry }: Asked, user: User): Final {
  const role = entry.allowed ? entry.role : undefined;
  const scopes = fieldOf(req, 'decision') === 'allow' ? chosenScopes(consent, postedScopes(req)) : undefined;
  if (scopes === undefined) return { do: 'reject', why: refusal('The person said no'), audit: 'declined' };
  const remember = fieldOf(req, 'remember') !== '';
  return { do: 'accept', answer: grant(consent, { user, role, scopes, remember }) };
}

async function challengeHere(deps: HydraDependencies, req: Request, { hash }: Browser): Promise<string> {
  const { resume, consent_challenge: challenge } = req.query;
  const flow = typeof resume === 'string' ? await findFlow(deps, resume, hash) : undefined;
  return challengeOf(flow?.challenge ?? challenge);
}

/** Where Hydra asks what an application may have (auth.md B3.4: C1–C9). */
export function hydraConsentEndpoints(deps: HydraDependencies): Endpoint[] {
  const show = async (req: Request, res: Response) => {
    const browser = await browserOf(req, res, deps);
    const challenge = await challengeHere(deps, req, browser);
    const asked = await look(deps, challenge, browser);
    const { decision, consent } = asked;
    if (decision.do === 'sign in') {
      const flow = { challenge, begunAt: deps.now(), reference: undefined };
      const resume = await keepFlow(deps, flow, browser.hash);
      return sendOn(req, res, withNext('/auth/login', `${PATH}?${new URLSearchParams({ resume })}`));
    }
    if (decision.do !== 'ask') return sendOn(req, res, await conclude(deps, res, asked, decision));
    const { user } = decision;
    const application = clientName(consent.client);
    const scopes = consent.requested_scope;
    allowFormTargets(res, formTargetsOfRequest(consent, deps.publicOrigin));
    sendPage(res, consentPage({ csrfToken: browser.csrfToken, challenge, application, scopes, user }));
  };
  const answer = async (req: Request, res: Response) => {
    const browser = await requireForm(req, res, deps);
    const asked = await look(deps, challengeOf(fieldOf(req, 'consent_challenge')), browser);
    const { decision } = asked;
    if (decision.do === 'sign in') {
      return sendOn(req, res, `${PATH}?${new URLSearchParams({ consent_challenge: asked.challenge })}`);
    }
    const final = decision.do === 'ask' ? answerOf(req, asked, decision.user) : decision;
    sendOn(req, res, await conclude(deps, res, asked, final));
  };
  return [
    pageEndpoint(deps, {
      ...{ method: 'get', path: PATH, summary: 'Asks what an application of Hydra may have' },
      query: z.object({ consent_challenge: z.string().optional(), resume: z.string().optional() }),
      answers: { 200: 'The page', 302: 'Back to Hydra, or to sign in first', ...HYDRA_ANSWERS },
      handler: orBeginAgain(deps.publicOrigin, show),
    }),
    pageEndpoint(deps, {
      ...{ method: 'post', path: PATH, summary: 'Say what an application may have, or no' },
      form: csrfForm.extend({
        ...{ consent_challenge: z.string(), decision: z.enum(['allow', 'deny']) },
        remember: z.string().optional(),
      }),
      answers: {
        ...{ 303: 'Back to Hydra', ...HYDRA_ANSWERS },
        ...{ 403: 'The form is not from our page, or has expired', 415: 'Not a form' },
      },
      handler: orBeginAgain(deps.publicOrigin, answer),
    }),
  ];
}
