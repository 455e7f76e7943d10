import { ProblemError, problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { KRATOS } from '../../kratos/profile.ts';
import { type SettingsPage, settingsPage } from '../../pages/settings-page.ts';
import { isFresh, type LiveSession } from '../../sessions/session.ts';
import { browserOf, requireForm } from './browser.ts';
import { pageEndpoint, sendPage } from './page-endpoint.ts';
import { type SettingsAction, type SettingsDependencies, settingsActions } from './settings-actions.ts';
import { csrfForm } from './sign-in.ts';
import { tokenScopesOf } from './token-actions.ts';

const DONE: Readonly<Record<string, string>> = {
  profile: 'The name is saved.',
  username: 'The username is changed.',
  email: 'We have sent a link to the address. Open it to confirm.',
  password: 'The password is set. All other sessions have ended.',
  'second-factor-remove': 'Two-step sign-in is off.',
  unlink: 'That way to sign in is removed.',
  'revoke-token': 'The token is revoked. Services refuse it within a minute.',
  'revoke-consent': 'The application is shut out: what it held of you is worth nothing now.',
  linked: 'That way to sign in is linked.',
  'end-session': 'The session has ended.',
  'end-other-sessions': 'All other sessions have ended.',
};

async function contentOf(
  deps: SettingsDependencies,
  session: LiveSession,
  csrfToken: string,
): Promise<SettingsPage> {
  const { accounts, signIns, sessions, consents, secondFactors, personalAccessTokens, now } = deps;
  const { id } = session.user;
  const [local, identities, list, tokens, letIn, on, recoveryCodes] = await Promise.all([
    accounts.findLocalOf(id),
    signIns.identities(id),
    sessions.list(id, now()),
    personalAccessTokens.list(id, now()),
    consents.list(id, { page: 1, per_page: 100 }),
    secondFactors.isOn(id),
    secondFactors.recoveryCodesLeft(id),
  ]);
  return {
    ...{ csrfToken, identities, user: session.user, sessions: list, currentSession: session.id },
    consents: letIn.entries,
    ...{ tokens, tokenScopes: tokenScopesOf(session.user, deps.services) },
    sendsMail: deps.sendMail !== undefined,
    hasPassword: local?.passwordHash != null,
    isAtKratos: deps.kratos !== undefined && identities.some(({ provider }) => provider === KRATOS),
    secondFactor: { on, recoveryCodes },
    providers: [...deps.providers.values()].map(({ name, title }) => ({ name, title })),
  };
}

/** A person's own page, and the forms on it. */
export function settingsEndpoints(deps: SettingsDependencies): Endpoint[] {
  const actions = settingsActions(deps);
  const show: RequestHandler = async (req, res) => {
    const { session, csrfToken } = await browserOf(req, res, deps);
    if (session === undefined) return void res.redirect(302, '/auth/login?next=/auth/settings');
    const done =
      typeof req.query.done === 'string' && Object.hasOwn(DONE, req.query.done)
        ? DONE[req.query.done]
        : undefined;
    sendPage(res, settingsPage({ ...(await contentOf(deps, session, csrfToken)), done }));
  };
  const act: RequestHandler = async (req, res) => {
    const { session, csrfToken } = await requireForm(req, res, deps);
    const name = String(req.params.action);
    const action: SettingsAction | undefined = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) throw problem('not_found');
    if (session === undefined || (action.dangerous && !isFresh(session, deps.now()))) {
      return void res.redirect(303, '/auth/login?reason=again&next=/auth/settings');
    }
    try {
      const answered = await action.run({ req, res, session, csrfToken });
      if (!answered) res.redirect(303, `/auth/settings?done=${name}`);
    } catch (error) {
      if (!(error instanceof ProblemError) || ![400, 409, 429].includes(error.status)) throw error;
      const failed = { action: name, message: error.detail ?? error.title };
      sendPage(
        res.set(error.headers).status(error.status),
        settingsPage({ ...(await contentOf(deps, session, csrfToken)), failed }),
      );
    }
  };
  return [
    pageEndpoint(deps, {
      ...{ method: 'get', path: '/auth/settings', summary: "A person's own page", handler: show },
      query: z.object({ done: z.string().optional() }),
      answers: { 200: 'The page', 302: 'Sign in first' },
    }),
    pageEndpoint(deps, {
      ...{ method: 'post', path: '/auth/settings/:action', summary: 'A form of the settings', handler: act },
      params: z.object({ action: z.string() }),
      form: csrfForm.loose(),
      answers: {
        200: 'The next step of setting up a second factor, or a new token, shown this once',
        303: 'Done, or to the sign-in page where that was too long ago',
        400: 'A field is not right',
        403: 'The form is not from our page, or has expired',
        404: 'No such form',
        409: 'Taken, or cannot be done',
        415: 'Not a form',
        429: 'Too many letters',
      },
    }),
  ];
}
