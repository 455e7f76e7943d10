import { ProblemError, permissionCheck } from '@flyloft/common';
import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Frame } from '../../../pages/admin/frame.ts';
import { withNext } from '../../../pages/sign-in-page.ts';
import { AUTH_PERMISSIONS, type AuthRequirement } from '../../../permissions/permissions.ts';
import { isFresh, type LiveSession } from '../../../sessions/session.ts';
import type { SignInDependencies } from '../../../sign-in/sign-in-service.ts';
import { isAdministrator, type User } from '../../../users/user.ts';
import type { Actor } from '../../../users/user-administration.ts';
import { type Browser, browserOf, fieldOf, requireForm } from '../browser.ts';
import { pageEndpoint, sendPage } from '../page-endpoint.ts';
import { csrfForm } from '../sign-in.ts';

/** An administrator at a page. */
export interface Visit extends Frame {
  readonly req: Request;
  readonly res: Response;
  readonly actor: Actor;
}

type Outcome =
  | { readonly at: string }
  | { readonly page: string }
  | { readonly fileName: string; readonly json: Readonly<Record<string, unknown>> };

/** What a form does. */
export interface ScreenAction {
  readonly requirement: AuthRequirement;
  /** Needs a sign-in of the last minutes (auth.md D17). */
  readonly dangerous: boolean;
  /** Said when it is done. */
  readonly done: string;
  /**
   * Answers where to go on, if not at the same page, or what to show or hand over this once.
   * @throws {ProblemError} 400, 403, 404, 409: said on the page that the form stands on.
   */
  readonly run: (visit: Visit) => Promise<Outcome | undefined>;
}

/** A page of administration, and the forms on it. */
export interface Screen {
  readonly path: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly requirement: AuthRequirement;
  readonly show: (visit: Visit) => Promise<string> | string;
  readonly actions?: Readonly<Record<string, ScreenAction>>;
}

const SAID_ON_THE_PAGE = new Set([400, 403, 404, 409]);

const MORE_ANSWERS = {
  302: 'Sign in first',
  403: 'Not for you',
  404: 'Nothing of this name',
};

function visitOf(
  req: Request,
  res: Response,
  { csrfToken }: Browser,
  user: User,
): Omit<Visit, 'done' | 'failed'> {
  const actor = { actor: user.id, requestId: requestIdOf(res), isAdministrator: isAdministrator(user) };
  const may: Frame['may'] = (permission) => user.permissions.has(permission);
  return { req, res, actor, user, may, csrfToken, path: req.path };
}

function actionOf(actions: Screen['actions'] = {}, name: unknown): ScreenAction | undefined {
  return typeof name === 'string' && Object.hasOwn(actions, name) ? actions[name] : undefined;
}

/** Strangers sign in and come back; who may not see the page is told so. */
export function screenEndpoints(deps: SignInDependencies, screen: Screen): Endpoint[] {
  const { path, summary, params, actions } = screen;
  const check = permissionCheck(screen.requirement, AUTH_PERMISSIONS);
  const checks = new Map(
    Object.values(actions ?? {}).map((action) => [
      action,
      permissionCheck(action.requirement, AUTH_PERMISSIONS),
    ]),
  );
  const show: RequestHandler = async (req, res) => {
    const browser = await browserOf(req, res, deps);
    if (browser.session === undefined) return signInFirst(req, res, req.originalUrl);
    const visit = visitOf(req, res, browser, browser.session.user);
    check(visit.may);
    const done = actionOf(actions, req.query.done)?.done;
    sendPage(res, await screen.show({ ...visit, done, failed: undefined }));
  };
  const act: RequestHandler = async (req, res) => {
    const browser = await requireForm(req, res, deps);
    if (browser.session === undefined) return signInFirst(req, res, req.path);
    const visit = { ...visitOf(req, res, browser, browser.session.user), done: undefined, failed: undefined };
    check(visit.may);
    const name = fieldOf(req, 'action');
    const action = actionOf(actions, name);
    if (action === undefined) return void res.redirect(303, req.path);
    checks.get(action)?.(visit.may);
    if (action.dangerous && !isFreshHere(browser.session)) return signInAgain(res, req.path);
    try {
      const here = { at: `${req.path}?${new URLSearchParams({ done: name })}` };
      answerWith(res, (await action.run(visit)) ?? here);
    } catch (error) {
      if (!(error instanceof ProblemError) || !SAID_ON_THE_PAGE.has(error.status)) throw error;
      const markup = await screen.show({ ...visit, failed: error.detail ?? error.title });
      sendPage(res.status(error.status), markup);
    }
  };
  const isFreshHere = (session: LiveSession) => isFresh(session, deps.now());
  const endpoint = { path, ...(params ? { params } : {}) };
  const query = (screen.query ?? z.object({})).extend({ done: z.string().optional() });
  const get = pageEndpoint(deps, {
    ...{ ...endpoint, method: 'get', summary, handler: show, query },
    answers: { 200: 'The page', ...MORE_ANSWERS },
  });
  if (actions === undefined) return [get];
  const post = pageEndpoint(deps, {
    ...{ ...endpoint, method: 'post', summary: `A form of: ${summary}`, handler: act },
    form: csrfForm.extend({ action: z.enum(Object.keys(actions)) }).loose(),
    answers: {
      200: {
        ...{ description: 'What is shown or handed over this once', contentType: 'text/html' },
        otherForms: { 'application/json': z.record(z.string(), z.unknown()) },
      },
      303: 'Done, or to the sign-in page where that was too long ago',
      400: 'A field is not right',
      403: 'Not for you, or the form is not from our page or has expired',
      404: MORE_ANSWERS[404],
      409: 'Taken, or cannot be done',
      415: 'Not a form',
    },
  });
  return [get, post];
}

function answerWith(res: Response, outcome: Outcome): void {
  if ('at' in outcome) res.redirect(303, outcome.at);
  else if ('page' in outcome) sendPage(res, outcome.page);
  else res.set('Content-Disposition', `attachment; filename="${outcome.fileName}"`).json(outcome.json);
}

function signInFirst(req: Request, res: Response, next: string): void {
  res.redirect(req.method === 'POST' ? 303 : 302, withNext('/auth/login', next));
}

function signInAgain(res: Response, next: string): void {
  res.redirect(303, `/auth/login?${new URLSearchParams({ reason: 'again', next })}`);
}
