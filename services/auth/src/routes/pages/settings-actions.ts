import { problem } from '@flyloft/common';
import { requestIdOf } from '@flyloft/service-kit';
import type { Request, Response } from 'express';
import { renderSVG } from 'uqr';
import { z } from 'zod';
import { createOneTimeLink, type NewLink } from '../../links/one-time-link.ts';
import type { ConsentStore } from '../../oidc/consent-store.ts';
import { messagePage } from '../../pages/layout.ts';
import { recoveryCodesPage, secondFactorSetUpPage } from '../../pages/second-factor-pages.ts';
import { sessionCookie } from '../../sessions/cookie.ts';
import type { LiveSession } from '../../sessions/session.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import type { TokenStore } from '../../tokens/token-store.ts';
import { emailSchema, normalizeEmail } from '../../users/email.ts';
import { hashPassword, passwordSchema } from '../../users/password.ts';
import { nameSchema } from '../../users/user.ts';
import { usernameSchema } from '../../users/username.ts';
import { fieldOf } from './browser.ts';
import { sendPage } from './page-endpoint.ts';
import { tokenActions } from './token-actions.ts';
import { mailVerification } from './verify-email.ts';

const uuid = z.uuid();

export interface SettingsDependencies extends SignInDependencies {
  readonly consents: ConsentStore;
  readonly personalAccessTokens: TokenStore;
  /** By their aliases. */
  readonly services: ReadonlySet<string>;
}

export interface Sent {
  readonly req: Request;
  readonly res: Response;
  readonly session: LiveSession;
  readonly csrfToken: string;
}

export interface SettingsAction {
  /** Needs a sign-in of the last minutes (auth.md D15, D17). */
  readonly dangerous: boolean;
  /** True when it has answered with a page of its own. @throws {ProblemError} 400, 409: said beside the form. */
  readonly run: (sent: Sent) => Promise<boolean>;
}

function read<T extends z.ZodType>(schema: T, req: Request, name: string, message: string): z.output<T> {
  const result = schema.safeParse(fieldOf(req, name));
  if (!result.success) throw problem('invalid_parameter', message);
  return result.data;
}

/**
 * A link that proves an address and, once it is opened, makes it the person's: to be stored, then mailed.
 * @throws {ProblemError} 409 where no mail is sent; 429 after too many letters of one person, or to one address: it
 * may be anybody's.
 */
export async function prepareVerification(
  deps: SignInDependencies,
  userId: string,
  email: string,
): Promise<{ readonly emailLink: NewLink; readonly mail: () => Promise<void> }> {
  if (deps.sendMail === undefined) {
    throw problem(
      'conflict',
      'This installation sends no mail, so that no address can be verified: ask your administrator',
    );
  }
  await deps.limits.byAccount.take(`letters ${userId}`);
  await deps.limits.byRecipient.take(normalizeEmail(email));
  const { url, link } = createOneTimeLink('email', deps.origin, deps.now(), email);
  return { emailLink: link, mail: () => mailVerification(deps, email, url) };
}

/** What can be done on the settings page, by the names in its forms' addresses. */
export function settingsActions(deps: SettingsDependencies): Readonly<Record<string, SettingsAction>> {
  const { accounts, sessions, signIns, secondFactors, now } = deps;
  const context = ({ res, session }: Sent) => ({ actor: session.user.id, requestId: requestIdOf(res) });
  const harmless = (run: (sent: Sent) => Promise<unknown>): SettingsAction => ({
    dangerous: false,
    run: async (sent) => (await run(sent)) === true,
  });
  const dangerous = (run: (sent: Sent) => Promise<unknown>) => ({ ...harmless(run), dangerous: true });
  return {
    profile: harmless((sent) => {
      const name = read(
        nameSchema.or(z.literal('')),
        sent.req,
        'name',
        'Give a name of 200 characters at most',
      );
      const change = { name: name === '' ? null : name };
      return accounts.change(sent.session.user.id, change, now(), context(sent));
    }),
    username: dangerous((sent) => {
      const message = 'Give 3 to 32 letters (a to z), digits, "-" or "_"; some names are reserved';
      const username = read(usernameSchema, sent.req, 'username', message);
      return accounts.change(sent.session.user.id, { username }, now(), context(sent));
    }),
    email: dangerous(async (sent) => {
      const email = read(emailSchema, sent.req, 'email', 'Give an e-mail address');
      const { emailLink, mail } = await prepareVerification(deps, sent.session.user.id, email);
      await accounts.change(sent.session.user.id, { emailLink }, now(), context(sent));
      await mail();
    }),
    password: dangerous(async (sent) => {
      const password = read(
        passwordSchema,
        sent.req,
        'password',
        'Choose a password of 10 to 200 characters',
      );
      const { user, id } = sent.session;
      await accounts.setPassword(user.id, await hashPassword(password), id, now(), context(sent));
    }),
    'second-factor': dangerous(async ({ res, session: { user }, csrfToken }) => {
      if (await secondFactors.isOn(user.id)) throw problem('conflict', 'Two-step sign-in is on already');
      const { secret, uri } = await secondFactors.begin(user.id, user.email ?? user.username);
      sendPage(res, secondFactorSetUpPage({ csrfToken, secret, picture: renderSVG(uri) }));
      return true;
    }),
    'second-factor-confirm': dangerous(async ({ req, res, session: { user }, csrfToken }) => {
      const codes = await secondFactors.confirm(user.id, fieldOf(req, 'code'), requestIdOf(res));
      if (codes) {
        sendPage(res, recoveryCodesPage(codes));
        return true;
      }
      const pending = await secondFactors.pending(user.id, user.email ?? user.username);
      if (pending === undefined) throw problem('conflict', 'Begin setting it up again');
      const error = 'This code is wrong. Is the clock of your phone right?';
      const page = { csrfToken, secret: pending.secret, picture: renderSVG(pending.uri), error };
      sendPage(res.status(400), secondFactorSetUpPage(page));
      return true;
    }),
    'second-factor-remove': dangerous(({ res, session }) =>
      secondFactors.remove(session.user.id, requestIdOf(res)),
    ),
    unlink: dangerous((sent) => {
      const [provider, subject] = [fieldOf(sent.req, 'provider'), fieldOf(sent.req, 'subject')];
      return signIns.unlink(sent.session.user.id, provider, subject, context(sent));
    }),
    'revoke-consent': harmless(async (sent) => {
      const { user } = sent.session;
      const revoked = await deps.consents.revoke(user.id, fieldOf(sent.req, 'client_id'), context(sent));
      if (!revoked) throw problem('conflict', 'That application was shut out already');
    }),
    'end-session': dangerous((sent) =>
      sessions
        .revoke(
          sent.session.user.id,
          read(uuid, sent.req, 'session', 'No such session'),
          now(),
          context(sent),
        )
        .then(() => false),
    ),
    'end-other-sessions': dangerous((sent) =>
      sessions.revokeOthers(sent.session.user.id, sent.session.id, now(), context(sent)),
    ),
    ...tokenActions(deps),
    delete: dangerous(async (sent) => {
      const { user } = sent.session;
      if (fieldOf(sent.req, 'username') !== user.username)
        throw problem('invalid_parameter', 'This is not your username');
      await accounts.remove(user.id, context(sent));
      const { name, options } = sessionCookie(deps.origin);
      sent.res.clearCookie(name, options);
      sendPage(
        sent.res,
        messagePage(
          'The account is deleted',
          'Packages and data sets that you published stay, and so does the log of what was done.',
        ),
      );
      return true;
    }),
  };
}
