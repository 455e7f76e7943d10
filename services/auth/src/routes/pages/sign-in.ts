import { ProblemError } from '@flyloft/common';
import { clientNetwork, type Endpoint, validate } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { parseNext } from '../../next/parse-next.ts';
import { type SignInPage, secondFactorPage, signInPage } from '../../pages/sign-in-page.ts';
import {
  addressAfterSignIn,
  checkPassword,
  limited,
  NEXT_NOT_ALLOWED,
  type SignInDependencies,
} from '../../sign-in/sign-in-service.ts';
import { handOverSignIn } from '../kratos/hand-over.ts';
import { browserOf, fieldOf, requireForm } from './browser.ts';
import { finishSignIn, openSession, ticketOf } from './finish-sign-in.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';

const csrf = z.string().describe('From the page that shows the form');
export const csrfForm = z.object({ csrf_token: csrf });

const MESSAGES: Readonly<Record<string, string>> = {
  again: 'This needs a fresh proof of who you are. Sign in again.',
  refused: 'The sign-in was refused or cancelled.',
  'password-set': 'The password is set. Sign in with it now.',
  'signed-out': 'You are signed out.',
  registered: 'If the address was free, the account is there now. Sign in with it.',
};

/** `next` of the query or the form; undefined when there is none. */
export function nextOf(req: Request): string | undefined {
  const next = req.method === 'POST' ? fieldOf(req, 'next') : req.query.next;
  return typeof next === 'string' && next !== '' ? next : undefined;
}

/** False for a `next` that leads where it must not. */
export function isAllowed(next: string | undefined, { nextPolicy }: SignInDependencies): boolean {
  return next === undefined || parseNext(next, nextPolicy) !== undefined;
}

const credentials = z.object({ email: z.string().max(254), password: z.string().max(200) });

/** Signs in by the form's e-mail address and password; shows the page again where they are wrong. */
export async function passwordSignIn(
  req: Request,
  res: Response,
  deps: SignInDependencies,
  {
    next,
    page,
  }: {
    readonly next: string | undefined;
    readonly page: (shown: { email: string; error: string | undefined }) => string;
  },
): Promise<void> {
  const email = fieldOf(req, 'email');
  try {
    const given = validate(credentials, { email, password: fieldOf(req, 'password') }, 'parameters');
    const userId = await checkPassword(deps, { ...given, address: clientNetwork(req.ip) });
    await finishSignIn(req, res, deps, { userId, method: 'password', ...(next ? { next } : {}) });
  } catch (error) {
    if (!(error instanceof ProblemError) || ![400, 401, 429].includes(error.status)) throw error;
    res.set(error.headers).status(error.status);
    sendPage(res, page({ email, error: error.detail }));
  }
}

export function signInEndpoints(deps: SignInDependencies): Endpoint[] {
  const page = (shown: Partial<SignInPage> & Pick<SignInPage, 'csrfToken' | 'next'>) => {
    const providers = [...deps.providers.values()].map(({ name, title }) => ({ name, title }));
    return signInPage({ providers, mayRegister: deps.selfRegistration, ...shown });
  };
  const show: RequestHandler = async (req, res) => {
    const next = nextOf(req);
    if (!isAllowed(next, deps)) return void res.redirect(302, NEXT_NOT_ALLOWED);
    const { session, csrfToken } = await browserOf(req, res, deps);
    const reason = typeof req.query.reason === 'string' ? req.query.reason : '';
    if (session && reason !== 'again') {
      return void res.redirect(302, await addressAfterSignIn(deps, session, next));
    }
    const message = Object.hasOwn(MESSAGES, reason) ? MESSAGES[reason] : undefined;
    const { kratos, origin } = deps;
    if (kratos && req.query.way !== 'local') {
      return handOverSignIn(req, res, { origin, kratos }, { next, reason, message });
    }
    sendPage(res, page({ csrfToken, next, message }));
  };
  const signIn: RequestHandler = async (req, res) => {
    const { csrfToken } = await requireForm(req, res, deps);
    const next = nextOf(req);
    if (!isAllowed(next, deps)) return void res.redirect(303, NEXT_NOT_ALLOWED);
    await passwordSignIn(req, res, deps, { next, page: (shown) => page({ csrfToken, next, ...shown }) });
  };
  return [
    pageEndpoint(deps, {
      ...{ method: 'get', path: '/auth/login', summary: 'The sign-in page', leadsTo: nextOf, handler: show },
      query: z.object({
        ...{ next: z.string().optional(), reason: z.string().optional() },
        way: z
          .string()
          .optional()
          .describe('`local`: by an account of our own, where people sign in elsewhere'),
      }),
      answers: {
        200: 'The page',
        302: 'Signed in already, on to where people sign in, or an address to lead back to that is not allowed',
        ...(deps.kratos
          ? { 403: 'Shut out, or back from Ory Kratos without a session', 503: 'Ory Kratos does not answer' }
          : {}),
      },
    }),
    pageEndpoint(deps, {
      ...{
        method: 'post',
        path: '/auth/login',
        summary: 'Sign in with e-mail address and password',
        leadsTo: nextOf,
        handler: signIn,
      },
      form: csrfForm.extend({ email: z.string(), password: z.string(), next: z.string().optional() }),
      answers: {
        303: 'Signed in (sets the session cookie), or on to the second step',
        400: 'The form is not complete',
        401: 'The address or the password is wrong',
        403: 'The form is not from our page, or has expired',
        415: 'Not a form',
        429: 'Too many wrong passwords',
      },
    }),
    ...secondStepEndpoints(deps),
  ];
}

function secondStepEndpoints(deps: SignInDependencies): Endpoint[] {
  const leadsTo = (req: Request) => {
    try {
      return ticketOf(req, deps).next;
    } catch {
      // the page itself says so
      return undefined;
    }
  };
  const show: RequestHandler = async (req, res) => {
    ticketOf(req, deps);
    sendPage(res, secondFactorPage((await browserOf(req, res, deps)).csrfToken));
  };
  const check: RequestHandler = async (req, res) => {
    const { csrfToken } = await requireForm(req, res, deps);
    const signedIn = ticketOf(req, deps);
    const { userId } = signedIn;
    const attempt = { account: userId, address: clientNetwork(req.ip) };
    const right = await limited(deps.limits, attempt, () =>
      deps.secondFactors.check(userId, fieldOf(req, 'code')),
    );
    if (right) return openSession(req, res, deps, signedIn);
    res.set('WWW-Authenticate', 'Bearer realm="flyloft"').status(401);
    sendPage(res, secondFactorPage(csrfToken, 'This code is wrong, or was used already'));
  };
  return [
    pageEndpoint(deps, {
      ...{
        method: 'get',
        path: '/auth/login/code',
        summary: 'The page of the second step',
        leadsTo,
        handler: show,
      },
      answers: { 200: 'The page', 403: 'The first step was not done, or too long ago' },
    }),
    pageEndpoint(deps, {
      ...{
        method: 'post',
        path: '/auth/login/code',
        summary: 'The second step: a code',
        leadsTo,
        handler: check,
      },
      form: csrfForm.extend({ code: z.string() }),
      answers: {
        303: 'Signed in; sets the session cookie',
        401: 'The code is wrong, or was used already',
        403: 'The form or the first step has expired',
        415: 'Not a form',
        429: 'Too many wrong codes',
      },
    }),
  ];
}
