import { ProblemError } from '@flyloft/common';
import { clientNetwork, type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { createOneTimeLink } from '../../links/one-time-link.ts';
import { registerPage } from '../../pages/sign-in-page.ts';
import { mayMail, NEXT_NOT_ALLOWED, type SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { emailSchema } from '../../users/email.ts';
import { hashPassword, passwordSchema } from '../../users/password.ts';
import { NEW_USER_ROLE } from '../../users/user.ts';
import { browserOf, fieldOf, requireForm } from './browser.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';
import { csrfForm, isAllowed, nextOf } from './sign-in.ts';
import { mailVerification } from './verify-email.ts';

const fields = z.object({
  email: emailSchema,
  name: z.string().trim().max(200),
  password: passwordSchema,
});

const ERRORS: Readonly<Record<string, string>> = {
  email: 'Give an e-mail address',
  name: 'Give a name of 200 characters at most',
  password: 'Choose a password of 10 to 200 characters',
};

/** Accounts that people make themselves (`SELF_REGISTRATION`). */
export function registerEndpoints(deps: SignInDependencies): Endpoint[] {
  const show: RequestHandler = async (req, res) => {
    const next = nextOf(req);
    if (!isAllowed(next, deps)) return void res.redirect(302, NEXT_NOT_ALLOWED);
    sendPage(res, registerPage({ csrfToken: (await browserOf(req, res, deps)).csrfToken, next }));
  };
  const register: RequestHandler = async (req, res) => {
    const { csrfToken } = await requireForm(req, res, deps);
    const next = nextOf(req);
    if (!isAllowed(next, deps)) return void res.redirect(303, NEXT_NOT_ALLOWED);
    const given = {
      email: fieldOf(req, 'email'),
      name: fieldOf(req, 'name'),
      password: fieldOf(req, 'password'),
    };
    const form = fields.safeParse(given);
    if (!form.success) {
      const wrong = form.error.issues.map(({ path }) => String(path[0]));
      const errors = Object.fromEntries(wrong.map((name) => [name, ERRORS[name] ?? '']));
      return sendPage(res.status(400), registerPage({ csrfToken, next, ...given, errors }));
    }
    await deps.limits.byAddress.take(clientNetwork(req.ip));
    const refused = await makeAccount(deps, form.data, requestIdOf(res));
    if (refused !== undefined) {
      const page = { csrfToken, next, ...given, errors: { name: refused } };
      return sendPage(res.status(400), registerPage(page));
    }
    const target = new URLSearchParams({ reason: 'registered', ...(next ? { next } : {}) });
    res.redirect(303, `/auth/login?${target}`);
  };
  const query = z.object({ next: z.string().optional() });
  return [
    pageEndpoint(deps, {
      ...{
        method: 'get',
        path: '/auth/register',
        summary: 'The page to make an account',
        leadsTo: nextOf,
        handler: show,
        query,
      },
      answers: { 200: 'The page', 302: 'An address to lead back to that is not allowed' },
    }),
    pageEndpoint(deps, {
      ...{ method: 'post', path: '/auth/register', summary: 'Make an account' },
      leadsTo: nextOf,
      handler: register,
      form: csrfForm.extend({
        email: z.string(),
        name: z.string(),
        password: z.string(),
        next: z.string().optional(),
      }),
      answers: {
        303: 'To the sign-in page; the same whether the address was free or not',
        400: 'The form is not complete',
        403: 'The form is not from our page, or has expired',
        415: 'Not a form',
        429: 'Too many requests',
      },
    }),
  ];
}

/**
 * The same work and the same answer whether the address is free or not (auth.md D20). Answers what is wrong
 * with the name, if anything is.
 */
async function makeAccount(
  deps: SignInDependencies,
  { email, name, password }: z.output<typeof fields>,
  requestId: string,
): Promise<string | undefined> {
  const passwordHash = await hashPassword(password);
  const person = {
    email,
    passwordHash,
    roles: [NEW_USER_ROLE],
    unproven: true,
    name: name === '' ? undefined : name,
  };
  const { url, link } = createOneTimeLink('email', deps.origin, deps.now(), email);
  try {
    const made = await deps.users.register(person, link, { actor: null, requestId });
    if (!(await mayMail(deps.limits, email))) return undefined;
    await (made ? mailVerification(deps, email, url) : mailThatTaken(deps, email));
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'words_not_allowed') return error.errors[0]?.detail;
    throw error;
  }
  return undefined;
}

/** Who wanted a second account learns by mail alone that there is one. */
async function mailThatTaken(
  { origin, sendMail }: Pick<SignInDependencies, 'origin' | 'sendMail'>,
  to: string,
): Promise<void> {
  const text = `Somebody, you we hope, wanted to make an account at ${origin} with this address. You have one already.\n\nSign in with it:\n${origin}/auth/login\n\nIf you have forgotten the password, set a new one:\n${origin}/auth/recovery\n\nIf it was not you, do nothing: nothing has changed.\n`;
  await sendMail?.({ to, subject: 'You have an account already', text });
}
